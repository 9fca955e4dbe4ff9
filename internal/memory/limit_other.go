//go:build !linux

package memory

func limit(string) int64 { return unlimited }
