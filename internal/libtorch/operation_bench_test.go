package libtorch

import "testing"

// BenchmarkOperation is what one operation costs on top of its arithmetic: the addition of a single element, its handle freed with
// its scope. `make bench` reports it; the limit is 2 microseconds.
func BenchmarkOperation(b *testing.B) {
	const ofAScope = 100 // about a layer's
	b.ReportAllocs()
	err := Do(func(s *Scope) error {
		x := s.Float32s([]float32{1}, 1)
		for done := 0; done < b.N; done += ofAScope {
			s.Within(func(in *Scope) {
				for range min(ofAScope, b.N-done) {
					in.Add(x, x)
				}
			})
		}
		return s.Err()
	})
	if err != nil {
		b.Fatal(err)
	}
}
