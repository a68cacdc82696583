package main

import (
	"crypto/tls"
	"flag"
	"log"
	"net/http"
	"net/http/httputil"
	"net/url"
)

// originHeader names the server that a request is for: "http://127.0.0.1:9090". The Host header stays free for tests.
const originHeader = "Lab-Origin"

// proxyMain serves a proxy that adds nothing to, and takes nothing from, either message but the origin header and
// hop-by-hop headers. An origin that cannot be reached is a 502 with the header Lab-Proxy-Error. Certificates are not
// checked.
func proxyMain(args []string) {
	flags := flag.NewFlagSet("proxy", flag.ExitOnError)
	socket := flags.String("socket", "", "path of the Unix socket to listen on")
	flags.Parse(args)

	proxy := &httputil.ReverseProxy{
		Rewrite:       rewrite,
		FlushInterval: -1,
		Transport: &http.Transport{
			DisableCompression: true,
			DisableKeepAlives:  true,
			TLSClientConfig:    &tls.Config{InsecureSkipVerify: true},
		},
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
			w.Header().Set("Lab-Proxy-Error", err.Error())
			w.WriteHeader(http.StatusBadGateway)
		},
	}
	log.Fatal(http.Serve(mustListenUnix(*socket), proxy))
}

func rewrite(r *httputil.ProxyRequest) {
	origin, err := url.Parse(r.In.Header.Get(originHeader))
	if err == nil {
		r.Out.URL.Scheme, r.Out.URL.Host = origin.Scheme, origin.Host
	}
	r.Out.Header.Del(originHeader)
	// The outgoing request has lost these by now.
	r.Out.URL.RawQuery = r.In.URL.RawQuery
	for _, name := range []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto"} {
		if values, ok := r.In.Header[name]; ok {
			r.Out.Header[name] = values
		}
	}
}
