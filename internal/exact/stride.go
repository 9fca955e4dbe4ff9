package exact

// Stride returns how far apart rows of cols numbers are best stored: a little further than they are long if they
// would otherwise share few of a cache's sets.
func Stride(cols int) int {
	if sharesSets(cols) {
		return cols + 8
	}
	return cols
}

// sharesSets reports whether rows that are so many numbers apart, a power of two or a multiple of one, share few of a
// cache's sets.
func sharesSets(stride int) bool { return stride%64 == 0 }
