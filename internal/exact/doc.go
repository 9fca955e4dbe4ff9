// Package exact computes in float64 with bits that depend on the numbers alone: not
// on the CPU, the kernel chosen for it, the alignment of the data, the place of a row
// in its batch, or the number of threads.
//
// Two rules ensure that.
//
//   - Every a*b+c is one explicit [math.FMA], or is written float64(a*b)+c, which
//     the compiler may not fuse. Otherwise only operations that IEEE 754 rounds
//     correctly are used: +, -, *, /, square root, and operations on bits.
//   - A sum is one chain over ascending index. SIMD runs across independent
//     elements, never along a sum; threads divide elements, never a sum.
//
// A product of matrices is, per element, the chain
//
//	c = 0                        (or c itself, in a function that adds to it)
//	c = FMA(a[i][k], b[k][j], c)     for ascending k
//
// so that a triple loop of math.FMA is the oracle of every kernel. A NaN comes out
// wherever the oracle has one, but its bits may differ.
//
// Exp, Log, Log1p, Tanh, Erf and Cos are the package's own polynomials, within one
// unit in the last place of the true value over the whole range; those of package
// math differ between architectures.
//
// The kernels are chosen at start by the features of the CPU: avx512, avx2 (with
// FMA), neon, or generic, which is Go with [math.FMA] and the only one on other
// architectures and with the build tag noasm. The environment variable SONAR_KERNEL
// selects one of them by name; [CheckKernel] reports one that the CPU lacks. The bits
// are the same in any case.
//
// Legend of shapes: B batch rows, I inputs, H hidden units, O outputs, K classes.
// A matrix is a [blas64.General]: row-major, rows Stride numbers apart.
package exact
