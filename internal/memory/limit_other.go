//go:build !linux

package memory

func limit() int64 { return unlimited }
