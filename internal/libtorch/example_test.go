// The tests are outside of package libtorch: one inside of it makes Go compile the C++ a second time.
package libtorch_test

import (
	"fmt"

	"skillspace/internal/libtorch"
)

// A scope frees the tensors of a computation, and keeps its first error: only the end is checked.
func ExampleDo() {
	err := libtorch.Do(func(s *libtorch.Scope) error {
		x := s.Float32s([]float32{1, 2, 3}, 3)
		if err := libtorch.Parameter(x, true); err != nil {
			return err
		}
		loss := s.Sum(s.Mul(x, x))
		if err := s.Err(); err != nil {
			return err
		}
		if err := libtorch.Backward(loss); err != nil {
			return err
		}
		value, err := loss.Float()
		if err != nil {
			return err
		}
		gradient, err := s.Gradient(x).Float32s()
		fmt.Println("loss", value, "gradient", gradient)
		return err
	})
	fmt.Println("error", err)

	err = libtorch.Do(func(s *libtorch.Scope) error {
		product := s.MatMul(s.Zeros(libtorch.Float32, libtorch.CPU, 2, 3), s.Zeros(libtorch.Float32, libtorch.CPU, 2, 3))
		_, err := s.Tanh(product).Float32s()
		if s.Err() != nil {
			err = s.Err() // the cause: the product, not what was made of it
		}
		return err
	})
	fmt.Println(err)
	// Output:
	// loss 14 gradient [2 4 6]
	// error <nil>
	// matmul: libtorch: mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3)
}
