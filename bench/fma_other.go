//go:build !amd64

package main

func fmaPeak(n int) float64 { return fmaGo(n) }
