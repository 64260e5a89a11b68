package main

import (
	"database/sql"
	"fmt"
)

// An object is a dashboard or a folder.
type object struct {
	UID, Title, Data, FolderUID string
	IsFolder                    bool
}

type dataSource struct {
	UID  string `json:"uid" yaml:"uid"`
	Name string `json:"name" yaml:"name"`
	Type string `json:"type" yaml:"type"`
	URL  string `json:"url" yaml:"url"`
}

// An inventory reads and writes what the database holds, where this release keeps it.
type inventory struct {
	db      *sql.DB
	plays   version
	unified bool
}

func newInventory(db *sql.DB, plays version) (*inventory, error) {
	moved := 0
	if plays.atLeast(12, 0) {
		row := db.QueryRow(`SELECT COUNT(*) FROM unifiedstorage_migration_log WHERE migration_id = 'dashboards'`)
		if err := row.Scan(&moved); err != nil {
			return nil, err
		}
	}
	return &inventory{db: db, plays: plays, unified: moved > 0 || plays.atLeast(13, 0)}, nil
}

const (
	listUnified = `SELECT name, title, value, folder, kind = 'folders' FROM resource
		WHERE kind IN ('dashboards', 'folders') ORDER BY title, name`
	listLegacy = `SELECT uid, title, data, folder_uid, is_folder FROM dashboard ORDER BY title, uid`
)

// readable refuses, in Grafana's words, what a later major wrote.
func (i *inventory) readable() error {
	if !i.unified || i.plays.atLeast(13, 0) {
		return nil
	}
	later := 0
	found := i.db.QueryRow(`SELECT COUNT(*) FROM resource WHERE api_version = ?`, apiVersion13)
	if err := found.Scan(&later); err != nil {
		return err
	}
	if later > 0 {
		return fmt.Errorf("no kind %q is registered for version %q", "Dashboard", apiVersion13)
	}
	return nil
}

// list gives dashboards and folders by title.
func (i *inventory) list() ([]object, error) {
	if err := i.readable(); err != nil {
		return nil, err
	}
	query := listLegacy
	if i.unified {
		query = listUnified
	}
	rows, err := i.db.Query(query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	found := []object{}
	for rows.Next() {
		var one object
		if err := rows.Scan(&one.UID, &one.Title, &one.Data, &one.FolderUID, &one.IsFolder); err != nil {
			return nil, err
		}
		found = append(found, one)
	}
	return found, rows.Err()
}

// save creates or replaces a dashboard or folder.
func (i *inventory) save(one object) error {
	if err := i.readable(); err != nil {
		return err
	}
	if !i.unified {
		_, err := i.db.Exec(`INSERT OR REPLACE INTO dashboard (uid, title, data, folder_uid, is_folder)
			VALUES (?, ?, ?, ?, ?)`, one.UID, one.Title, one.Data, one.FolderUID, one.IsFolder)
		return err
	}
	kind, written := "dashboards", apiVersion12
	if one.IsFolder {
		kind = "folders"
	}
	if i.plays.atLeast(13, 0) {
		written = apiVersion13
	}
	_, err := i.db.Exec(`INSERT OR REPLACE INTO resource (kind, name, title, value, folder, api_version)
		VALUES (?, ?, ?, ?, ?, ?)`, kind, one.UID, one.Title, one.Data, one.FolderUID, written)
	return err
}

// removeDashboards deletes the dashboard with that uid, or all of them without one, and returns the uids.
func (i *inventory) removeDashboards(uid string) ([]string, error) {
	statement := `DELETE FROM dashboard WHERE is_folder = 0 AND (uid = ?1 OR ?1 = '') RETURNING uid`
	if i.unified {
		statement = `DELETE FROM resource WHERE kind = 'dashboards' AND (name = ?1 OR ?1 = '') RETURNING name`
	}
	removed, err := i.strings(statement, uid)
	if err != nil {
		return nil, err
	}
	_, err = i.db.Exec(`DELETE FROM dashboard_provisioning WHERE dashboard_uid = ?1 OR ?1 = ''`, uid)
	return removed, err
}

// provisioned gives the uids that the provider brought, by the file that each came from.
func (i *inventory) provisioned(provider string) (map[string]string, error) {
	rows, err := i.db.Query(`SELECT external_id, dashboard_uid FROM dashboard_provisioning WHERE name = ?`, provider)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	found := map[string]string{}
	for rows.Next() {
		var file, uid string
		if err := rows.Scan(&file, &uid); err != nil {
			return nil, err
		}
		found[file] = uid
	}
	return found, rows.Err()
}

func (i *inventory) providers() ([]string, error) {
	return i.strings(`SELECT DISTINCT name FROM dashboard_provisioning ORDER BY name`)
}

func (i *inventory) markProvisioned(uid, provider, file string) error {
	_, err := i.db.Exec(`INSERT OR REPLACE INTO dashboard_provisioning (dashboard_uid, name, external_id)
		VALUES (?, ?, ?)`, uid, provider, file)
	return err
}

func (i *inventory) dataSources() ([]dataSource, error) {
	rows, err := i.db.Query(`SELECT uid, name, type, url FROM data_source ORDER BY name`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	found := []dataSource{}
	for rows.Next() {
		var one dataSource
		if err := rows.Scan(&one.UID, &one.Name, &one.Type, &one.URL); err != nil {
			return nil, err
		}
		found = append(found, one)
	}
	return found, rows.Err()
}

func (i *inventory) saveDataSource(one dataSource) error {
	_, err := i.db.Exec(`INSERT OR REPLACE INTO data_source (uid, name, type, url) VALUES (?, ?, ?, ?)`,
		one.UID, one.Name, one.Type, one.URL)
	return err
}

// count counts the rows of a table; the name is one of the program's own.
func (i *inventory) count(table string) (int, error) {
	number := 0
	err := i.db.QueryRow(`SELECT COUNT(*) FROM ` + table).Scan(&number)
	return number, err
}

func (i *inventory) strings(query string, arguments ...any) ([]string, error) {
	rows, err := i.db.Query(query, arguments...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	found := []string{}
	for rows.Next() {
		var one string
		if err := rows.Scan(&one); err != nil {
			return nil, err
		}
		found = append(found, one)
	}
	return found, rows.Err()
}
