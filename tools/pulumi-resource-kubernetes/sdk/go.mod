// In place of the provider's SDK for Go programs, which a plugin only needs to read charts and YAML
// into resources of its own: the components Chart v4 and ConfigGroup v2, which nothing here uses.
// Compiling the SDK took more than a third of all that `npm run sandbox` compiles.
module github.com/pulumi/pulumi-kubernetes/sdk/v4

go 1.26.0

require github.com/pulumi/pulumi/sdk/v3 v3.215.0
