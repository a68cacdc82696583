// Program control is the coordination server of the lab: Tailscale's own test control server for keys and
// registration, with a tailnet of ours behind it (online state, tags, key expiry, routes, grants, synthetic peers).
//
// It has two listeners. Nodes log in at -listen ("tailscale up --login-server=http://ADDR"). People and tests drive
// it over HTTP and JSON on the Unix socket -admin:
//
//	GET    /nodes         all nodes: [{"id","stableId","name","hostname","addresses","tags","online","synthetic",…}]
//	PATCH  /nodes/{name}  {"online","lastSeen","tags","keyExpiry","name","routes"}: what is absent stays as it is.
//	                      {name} is a node's first DNS label or its stable ID. "online": null follows the node's
//	                      connection again; "keyExpiry": null means never; "routes" are the approved subnet routes.
//	DELETE /nodes/{name}  remove the node; a real one sees its key expired and needs to log in again
//	GET    /tailnet       {"nodes","peers","reachable","peerRelay"}
//	PATCH  /tailnet       {"peers","grants","peerRelay","messages","reachable"}
//	    peers          number of synthetic peers
//	    grants         [{"src": ["100.64.0.1"], "app": {"example.com/cap/x": [{…}]}}]; absent "src" means everyone
//	    peerRelay      true grants everyone the use of everyone's relay server
//	    messages       health messages by id: {"some-id": {"Title","Text","Severity","ImpactsConnectivity"}}
//	    reachable      false closes the nodes' listener and connections; true opens it again; nothing is forgotten
//
// Errors are {"error": "…"} with status 400, 404 or 500.
//
// "control proxy -socket PATH" is another program in the same binary: an HTTP proxy on a Unix socket, which is how a
// test outside a network namespace talks to servers inside it.
package main

import (
	"flag"
	"log"
	"net"
	"net/http"
	"os"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == "proxy" {
		proxyMain(os.Args[2:])
		return
	}
	listen := flag.String("listen", "127.0.0.1:9911", "address that nodes log in at")
	admin := flag.String("admin", "", "path of the Unix socket for the admin API")
	derp := flag.String("derp", "127.0.0.1", "IP address that the DERP and STUN servers are reached at")
	peers := flag.Int("peers", 0, "number of synthetic peers")
	flag.Parse()

	lab := newTailnet(derpMap(*derp))
	lab.setPeers(*peers)
	front := &frontDoor{address: *listen, handler: lab.loginHandler("http://" + *listen)}
	if err := front.open(); err != nil {
		log.Fatal(err)
	}
	log.Fatal(http.Serve(mustListenUnix(*admin), adminHandler(lab, front)))
}

func mustListenUnix(path string) net.Listener {
	os.Remove(path)
	ln, err := net.Listen("unix", path)
	if err != nil {
		log.Fatal(err)
	}
	return ln
}
