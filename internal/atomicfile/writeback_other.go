//go:build !linux || arm

package atomicfile

import "os"

func startWriteback(*os.File, int64, int64) {}
