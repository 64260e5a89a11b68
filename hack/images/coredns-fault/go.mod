module addon-updater.dev/hack/coredns-fault

go 1.26.0
