// Command gofakes3 is an S3 server that keeps its objects in one file: what the stack's backends
// write to in tests. It checks no credentials.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
	"strings"
	"sync"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3bolt"
	"go.etcd.io/bbolt"
)

// Set by the linker.
var version string

// store is a bolt backend that can be read while it is written. Objects that bolt's backend returns
// point into pages of the file that the next write may reuse, so they are copied before that.
type store struct {
	*s3bolt.Backend
	lock sync.RWMutex
}

func (s *store) GetObject(bucket, key string, span *gofakes3.ObjectRangeRequest) (*gofakes3.Object, error) {
	s.lock.RLock()
	defer s.lock.RUnlock()
	object, err := s.Backend.GetObject(bucket, key, span)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(object.Contents)
	object.Contents = io.NopCloser(bytes.NewReader(data))
	object.Hash = bytes.Clone(object.Hash)
	return object, err
}

func (s *store) HeadObject(bucket, key string) (*gofakes3.Object, error) {
	s.lock.RLock()
	defer s.lock.RUnlock()
	object, err := s.Backend.HeadObject(bucket, key)
	if err != nil {
		return nil, err
	}
	object.Hash = bytes.Clone(object.Hash)
	return object, nil
}

func (s *store) PutObject(
	bucket, key string,
	meta map[string]string,
	input io.Reader,
	size int64,
	conditions *gofakes3.PutConditions,
) (result gofakes3.PutObjectResult, err error) {
	// A slow client must not keep all others waiting.
	data, err := gofakes3.ReadAll(input, size)
	if err != nil {
		return result, err
	}
	s.lock.Lock()
	defer s.lock.Unlock()
	return s.Backend.PutObject(bucket, key, meta, bytes.NewReader(data), size, conditions)
}

func (s *store) CopyObject(
	fromBucket, fromKey, toBucket, toKey string,
	meta map[string]string,
) (gofakes3.CopyObjectResult, error) {
	s.lock.Lock()
	defer s.lock.Unlock()
	return s.Backend.CopyObject(fromBucket, fromKey, toBucket, toKey, meta)
}

func (s *store) DeleteObject(bucket, key string) (gofakes3.ObjectDeleteResult, error) {
	s.lock.Lock()
	defer s.lock.Unlock()
	return s.Backend.DeleteObject(bucket, key)
}

func (s *store) DeleteMulti(bucket string, keys ...string) (gofakes3.MultiDeleteResult, error) {
	s.lock.Lock()
	defer s.lock.Unlock()
	return s.Backend.DeleteMulti(bucket, keys...)
}

func (s *store) CreateBucket(name string) error {
	s.lock.Lock()
	defer s.lock.Unlock()
	return s.Backend.CreateBucket(name)
}

func (s *store) DeleteBucket(name string) error {
	s.lock.Lock()
	defer s.lock.Unlock()
	return s.Backend.DeleteBucket(name)
}

func (s *store) ForceDeleteBucket(name string) error {
	s.lock.Lock()
	defer s.lock.Unlock()
	return s.Backend.ForceDeleteBucket(name)
}

func run(address, file string, buckets []string) error {
	// Not synced: the file outlives the process, and nothing here has to outlive the machine.
	db, err := bbolt.Open(file, 0o600, &bbolt.Options{NoSync: true, NoFreelistSync: true})
	if err != nil {
		return fmt.Errorf("open %s: %w", file, err)
	}
	backend := &store{Backend: s3bolt.New(db)}
	for _, bucket := range buckets {
		if err := backend.CreateBucket(bucket); err != nil && !gofakes3.IsAlreadyExists(err) {
			return fmt.Errorf("create bucket %s: %w", bucket, err)
		}
	}
	server := gofakes3.New(backend, gofakes3.WithLogger(gofakes3.DiscardLog()))
	log.Printf("serving S3 on %s", address)
	return http.ListenAndServe(address, server.Server())
}

func main() {
	address := flag.String("address", "127.0.0.1:9000", "host and port to listen on")
	file := flag.String("file", "", "file that holds the objects; made when missing")
	buckets := flag.String("buckets", "", "buckets to make when missing, separated by commas")
	printVersion := flag.Bool("version", false, "print the version and exit")
	flag.Parse()
	if *printVersion {
		fmt.Println("gofakes3 version", version)
		return
	}
	if *file == "" {
		log.Fatal(errors.New("-file is required"))
	}
	names := strings.FieldsFunc(*buckets, func(r rune) bool { return r == ',' })
	log.Fatal(run(*address, *file, names))
}
