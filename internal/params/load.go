package params

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"example.com/sonar/internal/regularfile"
)

// maxSize is the size of the largest params.yaml that is read, in bytes.
const maxSize = 1 << 20

// Load reads the file at path and checks the sections named; the other sections may hold anything,
// but each must have a known name. The first broken rule, in the order of the file, is the error.
func Load(path string, sections ...string) (*Params, error) {
	f, err := regularfile.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return Read(f, path, sections...)
}

// Read is Load from a reader; name stands for the file in errors.
func Read(r io.Reader, name string, sections ...string) (*Params, error) {
	root, err := parse(r, name)
	if err != nil {
		return nil, err
	}
	file := reader{name: name, params: new(Params), lines: map[string]int{}}
	if err := file.read(root, sections); err != nil {
		return nil, err
	}
	if err := file.checkLabel(); err != nil {
		return nil, err
	}
	if err := file.checkLoss(sections); err != nil {
		return nil, err
	}
	return file.params, nil
}

// parse gives the top-level mapping of the one document that r holds.
func parse(r io.Reader, name string) (*yaml.Node, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxSize+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if len(text) > maxSize {
		return nil, fmt.Errorf("%s: must be at most %d bytes long", name, maxSize)
	}
	var document, second yaml.Node
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	if err := decoder.Decode(&document); errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: must hold params, is empty", name)
	} else if err != nil {
		return nil, syntaxError(name, err)
	}
	if err := decoder.Decode(&second); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: must be one YAML document", name)
	}
	root := document.Content[0]
	if root.Kind != yaml.MappingNode {
		return nil, fmt.Errorf("%s:%d: must be a mapping of sections, got %s", name, root.Line, value(root))
	}
	return root, nil
}

var yamlLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)

// syntaxError moves the line that yaml names to where every other error has it.
func syntaxError(name string, err error) error {
	text := strings.ReplaceAll(err.Error(), "\n", " ")
	at := name
	if m := yamlLine.FindStringSubmatch(text); m != nil {
		text = text[len(m[0]):]
		if m[1] != "" {
			at += ":" + m[1]
		}
	}
	return fmt.Errorf("%s: not YAML: %s", at, text)
}

type reader struct {
	name   string
	params *Params
	lines  map[string]int // of each key that was set
}

func (r *reader) errorf(line int, format string, args ...any) error {
	return fmt.Errorf("%s:%d: %s", r.name, line, fmt.Sprintf(format, args...))
}

func (r *reader) read(root *yaml.Node, sections []string) error {
	found := map[string]bool{}
	for i := 0; i < len(root.Content); i += 2 {
		name, body := root.Content[i], root.Content[i+1]
		if !isSection(name.Value) {
			return r.errorf(name.Line, "unknown section %.40q", name.Value)
		}
		if found[name.Value] {
			return r.errorf(name.Line, "section %s stands twice", name.Value)
		}
		found[name.Value] = true
		if slices.Contains(sections, name.Value) {
			if err := r.readSection(name, body); err != nil {
				return err
			}
		}
	}
	for _, section := range sections {
		if !found[section] {
			return fmt.Errorf("%s: section %s is missing", r.name, section)
		}
	}
	return nil
}

func (r *reader) readSection(section, body *yaml.Node) error {
	if body.Kind != yaml.MappingNode {
		return r.errorf(section.Line, "%s must be a mapping of keys, got %s", section.Value, value(body))
	}
	for i := 0; i < len(body.Content); i += 2 {
		if err := r.readKey(section.Value+"."+body.Content[i].Value, body.Content[i], body.Content[i+1]); err != nil {
			return err
		}
	}
	for _, k := range keys {
		_, found := r.lines[k.name]
		if strings.HasPrefix(k.name, section.Value+".") && !found && !k.optional {
			return r.errorf(section.Line, "%s is missing", k.name)
		}
	}
	return nil
}

func (r *reader) readKey(name string, at, n *yaml.Node) error {
	i := slices.IndexFunc(keys, func(k key) bool { return k.name == name })
	if i < 0 {
		return r.errorf(at.Line, "unknown key %.80q", name)
	}
	if _, twice := r.lines[name]; twice {
		return r.errorf(at.Line, "%s stands twice", name)
	}
	r.lines[name] = at.Line
	if !keys[i].set(r.params, n) {
		return r.errorf(at.Line, "%s must be %s, got %s", name, keys[i].rule, value(n))
	}
	return nil
}

// checkLabel checks that a column that is called by its name has one.
func (r *reader) checkLabel() error {
	const name = "data.label"
	data := r.params.Data
	line, set := r.lines[name]
	if _, err := strconv.Atoi(data.Label); !set || data.Header || err == nil {
		return nil
	}
	return r.errorf(line, "%s must be a column's position where data.header is false, got %.40q", name, data.Label)
}

// checkLoss checks the rule that joins a loss to outputs and classes: binary cross-entropy has one sigmoid output, which
// tells two classes apart.
func (r *reader) checkLoss(sections []string) error {
	train := r.params.Train
	if !slices.Contains(sections, SectionTrain) || train.Loss != BinaryCrossEntropy {
		return nil
	}
	const name = "train.loss"
	if train.Output != Sigmoid {
		return r.errorf(r.lines[name], "%s %s needs train.output sigmoid, got %s", name, train.Loss, train.Output)
	}
	if n := len(r.params.Data.Classes); slices.Contains(sections, SectionData) && n != 2 {
		return r.errorf(r.lines[name], "%s %s needs two data.classes, got %d", name, train.Loss, n)
	}
	return nil
}

func isSection(name string) bool {
	return slices.ContainsFunc(keys, func(k key) bool { return strings.HasPrefix(k.name, name+".") })
}

// value describes n as a reader of the file sees it, in at most 40 characters of it.
func value(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.AliasNode:
		return "an alias"
	case n.Kind == yaml.MappingNode:
		return "a mapping"
	case n.Kind == yaml.SequenceNode:
		return list(n)
	case n.ShortTag() == "!!null":
		return "nothing"
	case n.ShortTag() == "!!str":
		return fmt.Sprintf("%.40q", n.Value)
	default:
		return fmt.Sprintf("%.40s", n.Value)
	}
}

func list(n *yaml.Node) string {
	items := make([]string, 0, 4)
	for i, item := range n.Content {
		if i == 4 {
			items = append(items, "...")
			break
		}
		if item.Kind == yaml.SequenceNode {
			items = append(items, "a list")
			continue
		}
		items = append(items, value(item))
	}
	return "[" + strings.Join(items, ", ") + "]"
}
