module addon-updater.dev/hack/prometheus-fault

go 1.26.0
