// Command pulumi-resource-kubernetes is the Pulumi provider for Kubernetes at release 4.25.0.
//
// The published module has no buildable main of its own: its release process generates the two
// embedded files first. sandbox/tools/tool-build.ts does that step, in a copy of this folder, from the
// module's own schema.json and terraform-mapping.json; they are never committed.
package main

import (
	_ "embed"

	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/provider"
	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/version"
)

//go:embed schema.json
var schema []byte

//go:embed terraform-mapping.json
var terraformMapping []byte

func main() {
	provider.Serve("kubernetes", version.Version, schema, terraformMapping)
}
