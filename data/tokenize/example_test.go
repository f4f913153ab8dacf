package tokenize_test

import (
	"fmt"
	"log"

	"skillspace/data/tokenize"
)

func ExampleLoad() {
	tokenizer, err := tokenize.Load("testdata/cased")
	if err != nil {
		log.Fatal(err)
	}
	ids := tokenizer.Encode("the end", 8)
	first, _ := tokenizer.TokenID("[CLS]")
	last, _ := tokenizer.TokenID("[SEP]")
	fmt.Println(ids[0] == first, ids[len(ids)-1] == last, len(ids) <= 8)
	// Output: true true true
}
