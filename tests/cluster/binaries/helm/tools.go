//go:build tools

// Package helm requires the source of helm, which the tests build.
package helm

import _ "helm.sh/helm/v4/cmd/helm"
