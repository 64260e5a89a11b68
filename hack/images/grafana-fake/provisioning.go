package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"

	"go.yaml.in/yaml/v3"
)

// A provider is one entry of a file in provisioning/dashboards.
type provider struct {
	Name            string `yaml:"name"`
	Folder          string `yaml:"folder"`
	FolderUID       string `yaml:"folderUid"`
	DisableDeletion bool   `yaml:"disableDeletion"`
	Options         struct {
		Path string `yaml:"path"`
	} `yaml:"options"`
}

// provision brings in data sources and dashboards from files, and deletes the dashboards whose file or provider is
// gone, as Grafana does (grafana/grafana pull request 26143; what it can cost is issue 126013).
func provision(objects *inventory, folder string, log *slog.Logger) error {
	sources, err := readAll[struct {
		DataSources []dataSource `yaml:"datasources"`
	}](filepath.Join(folder, "datasources"))
	if err != nil {
		return err
	}
	for _, file := range sources {
		for _, one := range file.DataSources {
			if err := objects.saveDataSource(one); err != nil {
				return err
			}
		}
	}
	configured, err := readAll[struct {
		Providers []provider `yaml:"providers"`
	}](filepath.Join(folder, "dashboards"))
	if err != nil {
		return err
	}
	known := []string{}
	for _, file := range configured {
		for _, one := range file.Providers {
			known = append(known, one.Name)
			if err := one.bring(objects, log); err != nil {
				return fmt.Errorf("provider %s: %w", one.Name, err)
			}
		}
	}
	return removeOrphans(objects, known, log)
}

// readAll decodes the YAML files of a folder, sorted by name; no folder means no file.
func readAll[T any](folder string) ([]T, error) {
	files, err := filepath.Glob(filepath.Join(folder, "*.y*ml"))
	if err != nil {
		return nil, err
	}
	all := make([]T, len(files))
	for number, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		if err := yaml.Unmarshal(content, &all[number]); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
	}
	return all, nil
}

func (p provider) bring(objects *inventory, log *slog.Logger) error {
	folder := p.FolderUID
	if p.Folder != "" {
		if folder == "" {
			folder = "folder-" + slug(p.Folder)
		}
		if err := objects.save(object{UID: folder, Title: p.Folder, IsFolder: true}); err != nil {
			return err
		}
	}
	files, err := filepath.Glob(filepath.Join(p.Options.Path, "*.json"))
	if err != nil {
		return err
	}
	before, err := objects.provisioned(p.Name)
	if err != nil {
		return err
	}
	var wrong error
	for _, file := range files {
		uid, err := bringFile(objects, file, folder)
		if err != nil {
			wrong = errors.Join(wrong, fmt.Errorf("%s: %w", file, err))
			continue
		}
		if err := objects.markProvisioned(uid, p.Name, file); err != nil {
			return err
		}
	}
	for file, uid := range before {
		if !slices.Contains(files, file) && !p.DisableDeletion {
			if err := remove(objects, uid, "its file is gone", log); err != nil {
				return err
			}
		}
	}
	return wrong
}

func bringFile(objects *inventory, file, folder string) (string, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	var dashboard struct{ UID, Title string }
	if err := json.Unmarshal(content, &dashboard); err != nil {
		return "", err
	}
	if dashboard.Title == "" {
		return "", errors.New("dashboard title cannot be empty")
	}
	if dashboard.UID == "" {
		dashboard.UID = slug(dashboard.Title)
	}
	return dashboard.UID, objects.save(object{
		UID: dashboard.UID, Title: dashboard.Title, Data: string(content), FolderUID: folder,
	})
}

func removeOrphans(objects *inventory, known []string, log *slog.Logger) error {
	providers, err := objects.providers()
	if err != nil {
		return err
	}
	for _, name := range providers {
		if slices.Contains(known, name) {
			continue
		}
		orphans, err := objects.provisioned(name)
		if err != nil {
			return err
		}
		for _, uid := range orphans {
			if err := remove(objects, uid, "its provider is gone", log); err != nil {
				return err
			}
		}
	}
	return nil
}

func remove(objects *inventory, uid, why string, log *slog.Logger) error {
	uids, err := objects.removeDashboards(uid)
	log.Info("Found dashboards to be deleted", "uids", uids, "why", why)
	return err
}
