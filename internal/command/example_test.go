package command_test

import (
	"fmt"

	"github.com/spf13/cobra"

	"skillspace/config"
	"skillspace/internal/command"
)

// A command's settings are filled and checked before its code runs. The whole recipe is in docs/extending.md.
func ExampleConfigure() {
	cfg := new(config.FetchModel)
	cmd := &cobra.Command{
		Use: "show-model NAME",
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Printf("%s at %s, to %q\n", cfg.Model, cfg.Revision, cfg.Output)
			return err
		},
	}
	settings := command.Configure(cmd, cfg)
	settings.AddFlags("output", "revision")
	settings.Argument("model")

	cmd.SetArgs([]string{"bert-base-chinese", "--set", "output=models/chinese", "--revision", "v1"})
	if err := cmd.Execute(); err != nil {
		fmt.Println(err)
	}
	// Output: bert-base-chinese at v1, to "models/chinese"
}
