//go:build noasm || !(amd64 || arm64)

package exact

func supported() []kernels { return []kernels{generic} }
