// Package v2 has what the provider names of it.
package v2

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// RegisterResource refuses: making a resource of each kind is what the SDK is left out for.
func RegisterResource(
	_ *pulumi.Context,
	apiVersion, kind, name string,
	_ pulumi.Input,
	_ ...pulumi.ResourceOption,
) (pulumi.CustomResource, error) {
	return nil, fmt.Errorf(
		"%s %s %q: the sandbox's build of the Kubernetes plugin has no components of charts and YAML; "+
			"install the published plugin",
		apiVersion, kind, name,
	)
}
