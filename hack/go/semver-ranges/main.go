// Command semver-ranges lets Masterminds/semver, the library of Helm and Flux, judge version ranges.
//
// "check" answers each line {"range": R, "version": V} with {"holds": true or false}, or with {"refused": why}.
// "bench" reads one line {"ranges": [...], "versions": [...]}, and answers each line that follows with
// {"seconds": S, "held": N}: how long Constraints.Check took for every range on every version, parsing not counted.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/Masterminds/semver/v3"
)

const longestLine = 16 << 20

type pair struct {
	Range   string `json:"range"`
	Version string `json:"version"`
}

type verdict struct {
	Holds   *bool  `json:"holds,omitempty"`
	Refused string `json:"refused,omitempty"`
}

type load struct {
	Ranges   []string `json:"ranges"`
	Versions []string `json:"versions"`
}

type pass struct {
	Seconds float64 `json:"seconds"`
	Held    int     `json:"held"`
}

func main() {
	if len(os.Args) != 2 {
		fail(fmt.Errorf("say check or bench"))
	}
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, longestLine)
	out := bufio.NewWriter(os.Stdout)
	var err error
	switch os.Args[1] {
	case "check":
		err = check(lines, out)
	case "bench":
		err = bench(lines, out)
	default:
		err = fmt.Errorf("%q is neither check nor bench", os.Args[1])
	}
	if err == nil {
		err = lines.Err()
	}
	if err == nil {
		err = out.Flush()
	}
	if err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "semver-ranges:", err)
	os.Exit(1)
}

func check(lines *bufio.Scanner, out io.Writer) error {
	answers := json.NewEncoder(out)
	for lines.Scan() {
		var asked pair
		if err := json.Unmarshal(lines.Bytes(), &asked); err != nil {
			return err
		}
		if err := answers.Encode(judge(asked)); err != nil {
			return err
		}
	}
	return nil
}

func judge(asked pair) verdict {
	wanted, err := semver.NewConstraint(asked.Range)
	if err != nil {
		return verdict{Refused: err.Error()}
	}
	version, err := semver.NewVersion(asked.Version)
	if err != nil {
		return verdict{Refused: err.Error()}
	}
	holds := wanted.Check(version)
	return verdict{Holds: &holds}
}

func bench(lines *bufio.Scanner, out *bufio.Writer) error {
	if !lines.Scan() {
		return fmt.Errorf("no line with ranges and versions")
	}
	ranges, versions, err := parse(lines.Bytes())
	if err != nil {
		return err
	}
	answers := json.NewEncoder(out)
	for lines.Scan() {
		if err := answers.Encode(run(ranges, versions)); err != nil {
			return err
		}
		if err := out.Flush(); err != nil {
			return err
		}
	}
	return nil
}

func parse(line []byte) ([]*semver.Constraints, []*semver.Version, error) {
	var texts load
	if err := json.Unmarshal(line, &texts); err != nil {
		return nil, nil, err
	}
	ranges := make([]*semver.Constraints, len(texts.Ranges))
	for index, text := range texts.Ranges {
		wanted, err := semver.NewConstraint(text)
		if err != nil {
			return nil, nil, err
		}
		ranges[index] = wanted
	}
	versions := make([]*semver.Version, len(texts.Versions))
	for index, text := range texts.Versions {
		version, err := semver.NewVersion(text)
		if err != nil {
			return nil, nil, err
		}
		versions[index] = version
	}
	return ranges, versions, nil
}

func run(ranges []*semver.Constraints, versions []*semver.Version) pass {
	held := 0
	start := time.Now()
	for _, wanted := range ranges {
		for _, version := range versions {
			if wanted.Check(version) {
				held++
			}
		}
	}
	return pass{Seconds: time.Since(start).Seconds(), Held: held}
}
