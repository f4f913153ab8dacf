package libtorch_test

import (
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"skillspace/internal/libtorch"
)

// TestEveryOperationRefusesTheZeroTensor calls every method of Scope that takes a tensor with the zero Tensor, other
// arguments zero as well: each must record an error that names its cause.
func TestEveryOperationRefusesTheZeroTensor(t *testing.T) {
	scope, tensor := reflect.TypeFor[*libtorch.Scope](), reflect.TypeFor[libtorch.Tensor]()
	called := 0
	for method := range scope.Methods() {
		takesTensor := false
		var arguments []reflect.Value
		for j := 1; j < method.Type.NumIn(); j++ {
			argument := method.Type.In(j)
			if method.Type.IsVariadic() && j == method.Type.NumIn()-1 {
				argument = argument.Elem()
			}
			takesTensor = takesTensor || argument == tensor
			if argument == scope {
				arguments = append(arguments, reflect.ValueOf(libtorch.NewScope()))
				continue
			}
			arguments = append(arguments, reflect.Zero(argument))
		}
		if !takesTensor || method.Name == "Move" { // Move records the error in the other scope
			continue
		}
		called++
		err := libtorch.Do(func(s *libtorch.Scope) error {
			method.Func.Call(append([]reflect.Value{reflect.ValueOf(s)}, arguments...))
			return nil
		})
		if err == nil || !strings.Contains(err.Error(), "not defined") || strings.Contains(err.Error(), "%!") {
			t.Errorf("%s of the zero Tensor: error %v", method.Name, err)
		}
	}
	if called < 30 {
		t.Errorf("called %d operations only", called)
	}
}

func TestFunctionsRefuseTheZeroTensor(t *testing.T) {
	s := libtorch.NewScope()
	defer s.Close()
	one, none := s.Float32s([]float32{1}, 1), libtorch.Tensor{}
	if err := libtorch.Parameter(one, true); err != nil {
		t.Fatal(err)
	}
	if err := libtorch.Backward(s.Sum(one)); err != nil {
		t.Fatal(err)
	}
	list, groups := []libtorch.Tensor{one, none}, []libtorch.AdamWGroup{{}, {}}
	for name, f := range map[string]func() error{
		"Parameter":         func() error { return libtorch.Parameter(none, true) },
		"Backward":          func() error { return libtorch.Backward(none) },
		"CopyInto":          func() error { return libtorch.CopyInto(none, one) },
		"CopyInto's source": func() error { return libtorch.CopyInto(one, none) },
		"Lerp":              func() error { return libtorch.Lerp(none, one, 0.5) },
		"Lerp's source":     func() error { return libtorch.Lerp(one, none, 0.5) },
		"ClearGradients":    func() error { return libtorch.ClearGradients([]libtorch.Tensor{none}) },
		"CoalesceGradients": func() error { return libtorch.CoalesceGradients(list) },
		"ScaleGradients":    func() error { return libtorch.ScaleGradients(list, 1) },
		"ClipGradients":     func() error { _, err := libtorch.ClipGradients(list, 1); return err },
		"AdamW": func() error {
			return libtorch.AdamW(list, []libtorch.Tensor{one, one}, []libtorch.Tensor{one, one}, groups)
		},
		"AdamW's moments": func() error {
			return libtorch.AdamW([]libtorch.Tensor{one}, []libtorch.Tensor{none}, []libtorch.Tensor{one}, groups[:1])
		},
		"NewEncoderLayer": func() error {
			_, err := libtorch.NewEncoderLayer(make([]libtorch.Tensor, 16), 1, libtorch.Gelu, 0)
			return err
		},
		"SaveScript": func() error {
			return libtorch.SaveScript(filepath.Join(t.TempDir(), "script.pt"), "", []string{"t"}, []libtorch.Tensor{none})
		},
		"Shape":    func() error { _, err := none.Shape(); return err },
		"Float32s": func() error { _, err := none.Float32s(); return err },
		"Int64s":   func() error { _, err := none.Int64s(); return err },
		"Bytes":    func() error { _, err := none.Bytes(); return err },
		"Float":    func() error { _, err := none.Float(); return err },
		"Move": func() error {
			to := libtorch.NewScope()
			s.Move(none, to)
			return to.Err()
		},
	} {
		if err := f(); err == nil || !strings.Contains(err.Error(), "not defined") {
			t.Errorf("%s of the zero Tensor: error %v", name, err)
		}
	}
	if none.DType() != libtorch.NoDType {
		t.Errorf("the zero Tensor's type is %v", none.DType())
	}
}

func TestClosedEncoderLayerIsAnError(t *testing.T) {
	layer := smallLayer(t)
	layer.Close()
	if err := bfloat16Pass(layer, 3); err == nil || !strings.Contains(err.Error(), "closed") {
		t.Errorf("error %v", err)
	}
}

// An input of another number of dimensions is told by its shape, without a wrapped nil.
func TestWrongDimensions(t *testing.T) {
	for want, f := range map[string]func(s *libtorch.Scope, x libtorch.Tensor){
		"attention: want a query [B, heads, T, d], got [2 3]": func(s *libtorch.Scope, x libtorch.Tensor) { s.Attention(x, x, x, x, 0) },
		"lstm: want an input [T, B, in], got [2 3]": func(s *libtorch.Scope, x libtorch.Tensor) {
			s.PaddedLSTM(x, libtorch.LSTMWeights{InputHidden: x, HiddenHidden: x, InputBias: x, HiddenBias: x}, 1, libtorch.CPU)
		},
	} {
		err := libtorch.Do(func(s *libtorch.Scope) error {
			f(s, s.Zeros(libtorch.Float32, libtorch.CPU, 2, 3))
			return nil
		})
		if err == nil || err.Error() != want {
			t.Errorf("error %v, want %s", err, want)
		}
	}
}

func TestLinearInWithoutBias(t *testing.T) {
	err := libtorch.Do(func(s *libtorch.Scope) error {
		x := s.Float32s([]float32{1, 2}, 1, 2)
		y, err := s.LinearIn(libtorch.BFloat16, x, x, libtorch.Tensor{}).Float32s()
		if err == nil && (len(y) != 1 || y[0] != 5) {
			t.Errorf("%v, want [5]", y)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
