// Starts train-and-deploy, follows it and says how it ended. Needs nothing but Go.
//
//	LONGHAUL_URL=http://127.0.0.1:8080 go run trigger.go [INPUT.json] [RUN_KEY]
//
// Exit code of the built program: 0 succeeded, 5 ended otherwise, 1 the run could not be started or followed.
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

var server = strings.TrimRight(os.Getenv("LONGHAUL_URL"), "/")

type failure struct{ Code, Message string }

type event struct {
	ID    string
	Event string
	Run   struct {
		Status, EndedAt string
		Failure         *failure
	}
	Step struct {
		Name  string
		State struct{ Status string }
	}
}

func exit(format string, values ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", values...)
	os.Exit(1)
}

// send sends one request and exits when the server refuses it for good. An error is worth another try.
func send(ctx context.Context, method, path string, body []byte, headers map[string]string) (*http.Response, time.Duration, error) {
	request, err := http.NewRequestWithContext(ctx, method, server+path, bytes.NewReader(body))
	if err != nil {
		exit("LONGHAUL_URL: %v", err)
	}
	if key := strings.TrimSpace(os.Getenv("LONGHAUL_KEY")); key != "" {
		request.Header.Set("Authorization", "Bearer "+key)
	}
	for name, value := range headers {
		request.Header.Set(name, value)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil || answer.StatusCode < 300 {
		return answer, 0, err
	}
	defer answer.Body.Close()
	text, _ := io.ReadAll(io.LimitReader(answer.Body, 10_000))
	switch answer.StatusCode {
	case 408, 429, 500, 502, 503, 504:
		seconds, _ := strconv.Atoi(answer.Header.Get("Retry-After"))
		return nil, time.Duration(seconds) * time.Second, fmt.Errorf("%s", answer.Status)
	}
	exit("refused (%d): %s", answer.StatusCode, text)
	return nil, 0, nil
}

// pause waits longer each time, never in step with others, and at least as long as the server asks.
func pause(failures int, asked time.Duration) {
	most := min(10*time.Second, 250*time.Millisecond<<min(failures, 10))
	time.Sleep(asked + most/2 + time.Duration(rand.Int63n(int64(most/2))))
}

// start starts a run. Asked again with the same key, the server starts nothing twice.
func start(pipeline string, input json.RawMessage, runKey string) string {
	body, err := json.Marshal(map[string]any{"input": input})
	if err != nil {
		exit("the input is no JSON: %v", err)
	}
	headers := map[string]string{"Idempotency-Key": runKey, "Content-Type": "application/json"}
	giveUp := time.Now().Add(time.Minute)
	for failures := 0; ; failures++ {
		var started struct{ RunID string }
		asked, err := func() (time.Duration, error) {
			ctx, cancel := context.WithTimeout(context.Background(), 15*time.Second)
			defer cancel()
			answer, asked, err := send(ctx, "POST", "/v1/pipelines/"+pipeline+"/runs", body, headers)
			if err != nil {
				return asked, err
			}
			defer answer.Body.Close()
			return 0, json.NewDecoder(answer.Body).Decode(&started)
		}()
		if err == nil {
			return started.RunID
		}
		if time.Now().After(giveUp) {
			exit("no answer from %s (%v): run this again, with the key %s", server, err, runKey)
		}
		pause(failures, asked)
	}
}

// follow tells every change of the run until tell says that it was the last. When the stream breaks off, it goes on
// after the last event that came whole.
func follow(runID string, tell func(event) bool) {
	after := ""
	for failures := 0; ; failures++ {
		before := after
		asked, done := read(runID, &after, tell)
		if done {
			return
		}
		if after != before {
			failures = 0
		}
		pause(failures, asked)
	}
}

// read reads one stream. The server writes every 15 s, so that silence means that it is gone.
func read(runID string, after *string, tell func(event) bool) (time.Duration, bool) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	alarm := time.AfterFunc(45*time.Second, cancel)
	defer alarm.Stop()
	headers := map[string]string{"Accept": "application/x-ndjson", "Last-Event-ID": *after}
	answer, asked, err := send(ctx, "GET", "/v1/runs/"+runID+"/events", nil, headers)
	if err != nil {
		return asked, false
	}
	defer answer.Body.Close()
	for lines := bufio.NewReader(answer.Body); ; {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return 0, false
		}
		alarm.Reset(45 * time.Second)
		var next event
		if json.Unmarshal(line, &next) != nil {
			continue // a sign of life
		}
		if next.ID != "" {
			*after = next.ID
		}
		if tell(next) {
			return 0, true
		}
	}
}

func main() {
	file, runKey := "input.json", "nightly-"+time.Now().UTC().Format(time.DateOnly)
	if len(os.Args) > 1 {
		file = os.Args[1]
	}
	if len(os.Args) > 2 {
		runKey = os.Args[2]
	}
	input, err := os.ReadFile(file)
	if err != nil {
		exit("%v", err)
	}
	runID := start("train-and-deploy", input, runKey)
	fmt.Println(runID, "started")
	follow(runID, func(next event) bool {
		if next.Event == "step" {
			fmt.Println(next.Step.Name, next.Step.State.Status)
			return false
		}
		fmt.Println(next.Run.Status)
		if next.Run.EndedAt == "" {
			return false
		}
		outcome := next.Run.Status
		if next.Run.Failure != nil {
			outcome += ": " + next.Run.Failure.Code + ": " + next.Run.Failure.Message
		}
		fmt.Println(runID, outcome)
		if next.Run.Status != "succeeded" {
			os.Exit(5)
		}
		return true
	})
}
