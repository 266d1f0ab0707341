package house_test

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// composeFile is what we use of a compose file; a key that isn't here is a slip of the pen.
type composeFile struct {
	Name     string
	Services map[string]composeService
	Networks map[string]any
	Volumes  map[string]any
	Secrets  map[string]struct{ File string }
	Configs  map[string]struct{ Content string }
}

type composeService struct {
	Profiles    []string
	Image       string
	Build       string
	Restart     string
	Entrypoint  []string
	Command     []string
	User        string
	Environment map[string]string
	Secrets     []string
	Configs     []struct{ Source, Target string }
	Volumes     []string
	Networks    []string
	Ports       []string
	DependsOn   map[string]struct{ Condition string } `yaml:"depends_on"`
	Healthcheck map[string]any
	ReadOnly    bool     `yaml:"read_only"`
	CapDrop     []string `yaml:"cap_drop"`
	SecurityOpt []string `yaml:"security_opt"`
	ShmSize     string   `yaml:"shm_size"`
	StopGrace   string   `yaml:"stop_grace_period"`
}

// readCompose reads the compose file of the checkout; unknown and doubled keys fail the test.
func readCompose(t *testing.T) composeFile {
	t.Helper()
	file, err := os.Open(filepath.Join("..", "..", "docker-compose.yml"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close() //nolint:errcheck // only read
	var compose composeFile
	decoder := yaml.NewDecoder(file)
	decoder.KnownFields(true)
	if err := decoder.Decode(&compose); err != nil {
		t.Fatalf("docker-compose.yml: %v", err)
	}
	return compose
}

func TestComposeNamesOnlyWhatItDeclares(t *testing.T) {
	t.Parallel()
	compose := readCompose(t)
	used := map[string]map[string]bool{"secret": {}, "config": {}, "volume": {}, "network": {}, "service": {}}
	for _, service := range compose.Services {
		for _, name := range service.Secrets {
			used["secret"][name] = true
		}
		for _, config := range service.Configs {
			used["config"][config.Source] = true
		}
		for _, volume := range service.Volumes {
			used["volume"][strings.SplitN(volume, ":", 2)[0]] = true
		}
		for _, network := range service.Networks {
			used["network"][network] = true
		}
	}
	for what, declared := range map[string][]string{
		"secret":  slices.Sorted(maps.Keys(compose.Secrets)),
		"config":  slices.Sorted(maps.Keys(compose.Configs)),
		"volume":  slices.Sorted(maps.Keys(compose.Volumes)),
		"network": slices.Sorted(maps.Keys(compose.Networks)),
	} {
		if got := slices.Sorted(maps.Keys(used[what])); !slices.Equal(got, declared) {
			t.Errorf("every %s: used %q, declared %q", what, got, declared)
		}
	}
}

func TestComposeWaitsForWhatCanBeHealthy(t *testing.T) {
	t.Parallel()
	compose := readCompose(t)
	for name, service := range compose.Services {
		for needed, how := range service.DependsOn {
			other, ok := compose.Services[needed]
			switch {
			case !ok:
				t.Errorf("%s waits for %s, which is not a service", name, needed)
			case how.Condition == "service_healthy" && other.Healthcheck["test"] == nil:
				t.Errorf("%s waits for the health of %s, which has no check", name, needed)
			case how.Condition == "service_completed_successfully" && other.Restart != "no":
				t.Errorf("%s waits for the end of %s, which is restarted", name, needed)
			case len(other.Profiles) > 0 && !slices.Equal(other.Profiles, service.Profiles):
				t.Errorf("%s waits for %s, which only the profiles %q start", name, needed, other.Profiles)
			}
		}
	}
}

func TestComposePinsImagesAndMountsTheSecretsItNames(t *testing.T) {
	t.Parallel()
	pinned := regexp.MustCompile(`:v?\d+\.\d+\.\d+`)
	for name, service := range readCompose(t).Services {
		if service.Build == "" && !pinned.MatchString(service.Image) {
			t.Errorf("%s: image %q has no version", name, service.Image)
		}
		for variable, value := range service.Environment {
			secret, isFile := strings.CutPrefix(value, "/run/secrets/")
			if strings.HasSuffix(variable, "_FILE") != isFile {
				t.Errorf("%s: %s=%s: a variable with _FILE names a secret, and no other does", name, variable, value)
			}
			if isFile && !slices.Contains(service.Secrets, secret) {
				t.Errorf("%s: %s names the secret %s, which is not mounted", name, variable, secret)
			}
		}
		for _, port := range service.Ports {
			if !strings.HasPrefix(port, "127.0.0.1:") {
				t.Errorf("%s: port %s is open to the network", name, port)
			}
		}
	}
}
