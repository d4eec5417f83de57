// Package kubernetes has what the provider names of it.
package kubernetes

import "reflect"

// UntypedArgs are the fields of an object.
type UntypedArgs map[string]any

func (UntypedArgs) ElementType() reflect.Type { return reflect.TypeFor[map[string]any]() }
