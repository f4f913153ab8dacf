package jobad_test

import (
	"fmt"

	"skillspace/data/jobad"
)

func ExampleSplit() {
	ad := "Your tasks:\n- Plan routes, e.g. for night shifts.\n- Repair lorries"
	for _, s := range jobad.Split(ad) {
		fmt.Println(s.Start, s.End, s.Text)
	}
	// Output:
	// 0 11 Your tasks:
	// 14 49 Plan routes, e.g. for night shifts.
	// 52 66 Repair lorries
}
