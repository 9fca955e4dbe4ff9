package exact

import "gonum.org/v1/gonum/blas"

// refused has the methods of blas.Float64 for which BLAS has no exact form: each
// panics with its name.
type refused struct{}

func refuse(name string) string { return "exact: " + name + " is not implemented" }

func (refused) Dnrm2(int, []float64, int) float64           { panic(refuse("Dnrm2")) }
func (refused) Dasum(int, []float64, int) float64           { panic(refuse("Dasum")) }
func (refused) Idamax(int, []float64, int) int              { panic(refuse("Idamax")) }
func (refused) Dswap(int, []float64, int, []float64, int)   { panic(refuse("Dswap")) }
func (refused) Drotg(float64, float64) (c, s, r, z float64) { panic(refuse("Drotg")) }
func (refused) Drotmg(float64, float64, float64, float64) (p blas.DrotmParams, rd1, rd2, rb1 float64) {
	panic(refuse("Drotmg"))
}
func (refused) Drot(int, []float64, int, []float64, int, float64, float64)  { panic(refuse("Drot")) }
func (refused) Drotm(int, []float64, int, []float64, int, blas.DrotmParams) { panic(refuse("Drotm")) }
func (refused) Dgbmv(blas.Transpose, int, int, int, int, float64, []float64, int, []float64, int, float64, []float64, int) {
	panic(refuse("Dgbmv"))
}
func (refused) Dtrmv(blas.Uplo, blas.Transpose, blas.Diag, int, []float64, int, []float64, int) {
	panic(refuse("Dtrmv"))
}
func (refused) Dtbmv(blas.Uplo, blas.Transpose, blas.Diag, int, int, []float64, int, []float64, int) {
	panic(refuse("Dtbmv"))
}
func (refused) Dtpmv(blas.Uplo, blas.Transpose, blas.Diag, int, []float64, []float64, int) {
	panic(refuse("Dtpmv"))
}
func (refused) Dtrsv(blas.Uplo, blas.Transpose, blas.Diag, int, []float64, int, []float64, int) {
	panic(refuse("Dtrsv"))
}
func (refused) Dtbsv(blas.Uplo, blas.Transpose, blas.Diag, int, int, []float64, int, []float64, int) {
	panic(refuse("Dtbsv"))
}
func (refused) Dtpsv(blas.Uplo, blas.Transpose, blas.Diag, int, []float64, []float64, int) {
	panic(refuse("Dtpsv"))
}
func (refused) Dsymv(blas.Uplo, int, float64, []float64, int, []float64, int, float64, []float64, int) {
	panic(refuse("Dsymv"))
}
func (refused) Dsbmv(blas.Uplo, int, int, float64, []float64, int, []float64, int, float64, []float64, int) {
	panic(refuse("Dsbmv"))
}
func (refused) Dspmv(blas.Uplo, int, float64, []float64, []float64, int, float64, []float64, int) {
	panic(refuse("Dspmv"))
}
func (refused) Dsyr(blas.Uplo, int, float64, []float64, int, []float64, int) { panic(refuse("Dsyr")) }
func (refused) Dspr(blas.Uplo, int, float64, []float64, int, []float64)      { panic(refuse("Dspr")) }
func (refused) Dsyr2(blas.Uplo, int, float64, []float64, int, []float64, int, []float64, int) {
	panic(refuse("Dsyr2"))
}
func (refused) Dspr2(blas.Uplo, int, float64, []float64, int, []float64, int, []float64) {
	panic(refuse("Dspr2"))
}
func (refused) Dsymm(blas.Side, blas.Uplo, int, int, float64, []float64, int, []float64, int, float64, []float64, int) {
	panic(refuse("Dsymm"))
}
func (refused) Dsyrk(blas.Uplo, blas.Transpose, int, int, float64, []float64, int, float64, []float64, int) {
	panic(refuse("Dsyrk"))
}
func (refused) Dsyr2k(blas.Uplo, blas.Transpose, int, int, float64, []float64, int, []float64, int, float64, []float64, int) {
	panic(refuse("Dsyr2k"))
}
func (refused) Dtrmm(blas.Side, blas.Uplo, blas.Transpose, blas.Diag, int, int, float64, []float64, int, []float64, int) {
	panic(refuse("Dtrmm"))
}
func (refused) Dtrsm(blas.Side, blas.Uplo, blas.Transpose, blas.Diag, int, int, float64, []float64, int, []float64, int) {
	panic(refuse("Dtrsm"))
}
