package compare

import (
	"fmt"

	"gopkg.in/yaml.v3"

	"example.com/sonar/internal/dvclock"
)

// doubtf adds a sign that the results may not be those of the settings and the data. It does not prevent
// a comparison, but the report shows it.
func (l *loader) doubtf(format string, args ...any) {
	l.side.doubts = append(l.side.doubts, fmt.Sprintf(format, args...))
}

// checkLock checks, using dvc.lock, whether the results are those of the current params.yaml and data.
func (l *loader) checkLock() error {
	text, err := l.read(lockPath, maxSettings)
	if err != nil || text == nil {
		return err
	}
	lock, err := dvclock.Parse(text)
	if err != nil {
		l.doubtf("%s: dvc.lock cannot be read, so nothing shows that the results are those of params.yaml: %v", l.side.Name, err)
		return nil
	}
	for _, name := range lock.Names() {
		stage := lock.Stages[name]
		if stage.MD5(foldsPath) == "" {
			continue
		}
		if err := l.checkStage(name, stage); err != nil {
			return err
		}
	}
	return nil
}

func (l *loader) checkStage(name string, stage dvclock.Stage) error {
	for _, path := range []string{foldsPath, predictionsPath, metricsPath} {
		if want, got := stage.MD5(path), l.sums[path]; want != "" && got != "" && want != got {
			l.doubtf("%s: %s is not what dvc.lock says that stage %.40q wrote: run `dvc repro`", l.side.Name, path, name)
			return nil
		}
	}
	for _, dep := range stage.Deps {
		if now := l.side.data[dep.Path]; now != "" && now != dep.MD5 {
			l.doubtf("%s: %.80q has changed since the results were made: run `dvc repro`", l.side.Name, dep.Path)
			return nil
		}
	}
	text, err := l.need(paramsPath, maxSettings)
	if err != nil {
		return err
	}
	var now map[string]any
	if err := yaml.Unmarshal(text, &now); err != nil {
		return fmt.Errorf("%s: not YAML: %s", l.place(paramsPath), oneLine(err.Error()))
	}
	if key := stage.Changed(paramsPath, now); key != "" {
		l.doubtf("%s: %.40q has changed in params.yaml since the results were made: run `dvc repro`", l.side.Name, key)
	}
	return nil
}
