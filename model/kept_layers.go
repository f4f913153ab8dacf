package model

import "fmt"

// keptLayers returns which of an encoder's stored layers, numbered from 0, it keeps where it is to have so many: spread evenly, with the
// last one among them. 0 keeps all. A shallow encoder starts near the deep one this way (Sajjad et al., arXiv 2004.03844).
func keptLayers(stored, layers int64) ([]int64, error) {
	if layers < 0 || layers > stored {
		return nil, fmt.Errorf("%d layers are wanted of its %d", layers, stored)
	}
	if layers == 0 {
		layers = stored
	}
	kept := make([]int64, layers)
	for k := range layers {
		kept[k] = (k+1)*stored/layers - 1
	}
	return kept, nil
}
