package main

import (
	"log"
	"testing"

	"tailscale.com/tailcfg"
	"tailscale.com/tstest/integration"
	"tailscale.com/types/logger"
)

// derpMap starts a DERP and STUN server on ip. Region 2 exists on paper only, so that synthetic peers can have another
// home than the real nodes.
func derpMap(ip string) *tailcfg.DERPMap {
	m := integration.RunDERPAndSTUN(processTB{}, logger.Discard, ip)
	m.Regions[1].RegionCode = "lab"
	m.Regions[1].RegionName = "Laboratory"
	m.Regions[1].Latitude, m.Regions[1].Longitude = 52.52, 13.40
	m.Regions[2] = &tailcfg.DERPRegion{
		RegionID: 2, RegionCode: "far", RegionName: "Far Away", NoMeasureNoHome: true,
		Nodes: []*tailcfg.DERPNode{{Name: "2a", RegionID: 2, HostName: "derp.far.invalid", IPv4: "192.0.2.2", IPv6: "none"}},
	}
	return m
}

// processTB is a testing.TB for a program: failures end the process, clean-up is left to its end.
type processTB struct{ *testing.T }

func (processTB) Helper()                   {}
func (processTB) Cleanup(func())            {}
func (processTB) Name() string              { return "lab" }
func (processTB) Log(a ...any)              { log.Print(a...) }
func (processTB) Logf(f string, a ...any)   { log.Printf(f, a...) }
func (processTB) Error(a ...any)            { log.Fatal(a...) }
func (processTB) Errorf(f string, a ...any) { log.Fatalf(f, a...) }
func (processTB) Fatal(a ...any)            { log.Fatal(a...) }
func (processTB) Fatalf(f string, a ...any) { log.Fatalf(f, a...) }
