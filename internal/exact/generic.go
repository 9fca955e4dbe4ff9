package exact

import "math"

// generic is pure Go, for any machine.
var generic = kernels{name: "generic", tall: panelKernel{panelGeneric, 4, 4, 1}, flat: panelKernel{panelGeneric, 4, 4, 1}}

// panelGeneric is a panelKernel's compute in Go. It computes two rows at a time, so that eight
// chains run side by side; a last row without a partner is computed twice.
func panelGeneric(rows, columns, k int, a []float64, aRow, aCol int, b []float64, bRow int,
	add bool, c []float64, cRow int, bias []float64, relu bool, gate []float64, gateRow int) {
	for i := 0; i < rows; i += 2 {
		next := min(i+1, rows-1)
		c0, c1 := c[i*cRow:][:columns], c[next*cRow:][:columns]
		var tile [2][4]float64
		if add {
			copy(tile[0][:], c0)
			copy(tile[1][:], c1)
		}
		if columns == 4 {
			tile = chains4(tile, k, a, i*aRow, next*aRow, aCol, b, bRow)
		} else {
			for j := range columns {
				tile[0][j] = chain(tile[0][j], k, a, i*aRow, aCol, b, j, bRow)
				tile[1][j] = chain(tile[1][j], k, a, next*aRow, aCol, b, j, bRow)
			}
		}
		for j, x := range bias[:min(columns, len(bias))] {
			tile[0][j] += x
			tile[1][j] += x
		}
		if relu {
			for j := range columns {
				tile[0][j], tile[1][j] = positive(tile[0][j]), positive(tile[1][j])
			}
		}
		if len(gate) > 0 {
			for j := range columns {
				tile[0][j] = gated(tile[0][j], gate[i*gateRow+j])
				tile[1][j] = gated(tile[1][j], gate[next*gateRow+j])
			}
		}
		copy(c0, tile[0][:])
		copy(c1, tile[1][:])
	}
}

// chain adds to sum the product of the row of a that starts at the index at, and column j of b.
func chain(sum float64, k int, a []float64, at, aCol int, b []float64, j, bRow int) float64 {
	for l := range k {
		sum = math.FMA(a[at+l*aCol], b[j+l*bRow], sum)
	}
	return sum
}

// chains4 adds to a tile the products of the rows of a that start at at0 and at1, and the
// first four columns of b.
func chains4(tile [2][4]float64, k int, a []float64, at0, at1, aCol int, b []float64, bRow int) [2][4]float64 {
	s00, s01, s02, s03 := tile[0][0], tile[0][1], tile[0][2], tile[0][3]
	s10, s11, s12, s13 := tile[1][0], tile[1][1], tile[1][2], tile[1][3]
	for l := range k {
		x, y := a[at0+l*aCol], a[at1+l*aCol]
		row := b[l*bRow:][:4]
		s00 = math.FMA(x, row[0], s00)
		s01 = math.FMA(x, row[1], s01)
		s02 = math.FMA(x, row[2], s02)
		s03 = math.FMA(x, row[3], s03)
		s10 = math.FMA(y, row[0], s10)
		s11 = math.FMA(y, row[1], s11)
		s12 = math.FMA(y, row[2], s12)
		s13 = math.FMA(y, row[3], s13)
	}
	return [2][4]float64{{s00, s01, s02, s03}, {s10, s11, s12, s13}}
}

// gated returns x, or 0 if the gate is not positive.
func gated(x, gate float64) float64 {
	if gate > 0 {
		return x
	}
	return 0
}

// positive returns x, or 0 if it is negative.
func positive(x float64) float64 {
	if x < 0 {
		return 0
	}
	return x
}
