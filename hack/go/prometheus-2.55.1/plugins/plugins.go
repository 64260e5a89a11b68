// Package plugins takes the place of Prometheus' own list of service discoveries, the way its plugins.yml is meant
// to be cut down: kubernetes_sd and, in minimum.go, file and http. The others bring the clients of a dozen clouds.
package plugins

import _ "github.com/prometheus/prometheus/discovery/kubernetes" // Register kubernetes plugin.
