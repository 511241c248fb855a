package main

import "testing"

func TestWatch(t *testing.T) {
	for _, c := range []struct {
		script string
		status int
		lines  int64
	}{
		{"true", 0, 0},
		{"printf 'a\\nb\\nc'; exit 3", 3, 2},
		{"yes | head -n 100000", 0, 100000},
	} {
		got, err := watch([]string{"sh", "-c", c.script})
		if err != nil {
			t.Fatal(err)
		}
		if got.Status != c.status || got.Lines != c.lines || got.PeakBytes < 1<<19 || got.WallMs <= 0 {
			t.Fatalf("%s: %+v", c.script, got)
		}
	}
	// What its children took is told too.
	const megabytes = "x=$(sh -c 'head -c 50000000 /dev/zero | tr \"\\0\" x'); echo"
	if got, err := watch([]string{"sh", "-c", megabytes}); err != nil || got.PeakBytes < 40e6 || got.CPUMs == 0 {
		t.Fatalf("%+v %v", got, err)
	}
	if _, err := watch([]string{"/nonexistent"}); err == nil {
		t.Fatal("no error")
	}
}
