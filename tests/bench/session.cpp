// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/session.hpp"

#include <algorithm>

#include "tests/bench/linux_side.hpp"
#include "tests/bench/rows.hpp"
#include "tests/bench/scaling.hpp"
#include "tests/bench/size.hpp"

namespace tessera::bench {

Record Session::measure() {
  record_.on = find_taken_on(paths_.source, paths_.machine);
  if (!options_.size_only) measure_systems();
  if (options_.size_only || options_.filter.empty()) {
    note("size of the nucleus", measure_bytes(paths_.nucleus(), record_.results));
    note("lines of the nucleus", measure_lines(paths_.source + "/kernel", paths_.machine.arch, record_.results));
  }
  return std::move(record_);
}

void Session::note(const std::string& what, const Result<void>& done) {
  if (!done) problems_.push_back(what + ": " + done.error().message);
}

bool Session::any_storage_row() const {
  return std::ranges::any_of(kDiskKinds, [&](DiskKind kind) { return !chosen_storage_rows(options_.filter, options_.quick, kind).empty(); });
}

void Session::prepare_sides(bool packages) {
  auto files = LinuxSide::prepare(paths_);
  if (packages) note("linux", LinuxSide::prepare_packages(paths_));
  if (files) {
    record_.on.linux_kernel = files->version;
    if (any_storage_row()) note("linux", LinuxSide::prepare_storage(*files, paths_));
    sides_.push_back(std::make_unique<LinuxSide>(*files, paths_));
  } else {
    problems_.push_back("linux: " + files.error().message);
  }
  for (const System view : {System::shared, System::protected_view}) sides_.push_back(std::make_unique<TesseraSide>(paths_, view));
}

void Session::measure_systems() {
  prepare_sides(!chosen_guest_rows(options_.filter, options_.quick, true).empty());
  for (const auto& side : sides_) {
    say(std::string(name(side->system())) + ", instruction counts");
    measure_side(*side, true);
  }
  if (any_nucleus_row(options_.filter)) {
    say("nucleus, instruction counts");
    note("nucleus", measure_nucleus(paths_, true, record_.results));
  }
  if (any_wanted(ring_rows(), options_.filter)) {
    say("rings, instruction counts");
    note("rings", measure_rings(paths_, record_.results));
  }
  if (any_wanted(task_rows(), options_.filter)) {
    say("tasks, instruction counts");
    note("tasks", measure_tasks(paths_, record_.results));
  }
  // Systems take turns, so that a slow minute of the host hits all. Samples of the
  // same turn are held against each other (ratio_of).
  for (unsigned turn = 0; turn < options_.wall_runs; ++turn) {
    for (const auto& side : sides_) {
      say("wall times, run " + std::to_string(turn + 1) + " of " + std::to_string(options_.wall_runs) + ", " +
          std::string(name(side->system())));
      measure_side(*side, false);
    }
    if (any_wanted(ring_rows(), options_.filter)) {
      say("rings on two cores, run " + std::to_string(turn + 1) + " of " + std::to_string(options_.wall_runs));
      note("rings on two cores", measure_rings_on_two_cores(paths_, record_.results));
    }
    if (wanted(options_.filter, kInterference) || wanted(kInterference, options_.filter)) {
      say("interference, run " + std::to_string(turn + 1) + " of " + std::to_string(options_.wall_runs));
      note("interference", measure_interference(paths_, record_.results));
    }
  }
  if (!options_.quick && wanted(kMemoryRow, options_.filter)) measure_memory();
}

void Session::measure_side(const Side& side, bool icount) {
  measure_batch(side, microbench_rows(chosen_guest_rows(options_.filter, options_.quick, false), false, icount));
  measure_batch(side, microbench_rows(chosen_guest_rows(options_.filter, options_.quick, true), true, icount));
  if (wanted(kBootRow, options_.filter))
    note(std::string(name(side.system())) + ": boot", measure_boot(side, icount, record_.results));
  for (const unsigned cpus : kLatencyCpus) {
    // Under the instruction clock cores that compute do not run side by side.
    if (options_.quick || (icount && cpus > 1)) continue;
    measure_batch(side, latency_batch(chosen_latency_rows(options_.filter, cpus), cpus, icount));
  }
  measure_storage(side, icount);
  for (const unsigned cpus : options_.cpus) {
    // Starting Linux takes most of the time: once will do for a quick look.
    if (options_.quick && side.system() == System::linux_kernel && cpus != options_.cpus.back()) continue;
    measure_batch(side, scaling_rows(chosen_scaling_rows(options_.filter, options_.quick, cpus, options_.cpus), cpus, icount));
  }
}

void Session::measure_storage(const Side& side, bool icount) {
  for (const DiskKind kind : kDiskKinds) {
    auto rows = chosen_storage_rows(options_.filter, options_.quick, kind);
    if (rows.empty()) continue;
    if (!image_) {
      auto made = DiskImage::make();
      if (!made) return problems_.push_back("an image of a disk: " + made.error().message);
      image_.emplace(std::move(*made));
    }
    measure_batch(side, storage_batch(std::move(rows), *image_, kind, icount));
  }
}

void Session::measure_batch(const Side& side, Batch batch) {
  if (batch.rows.empty()) return;
  const auto failed = measure_rows(side, std::move(batch), record_.results);
  if (failed) {
    problems_.insert(problems_.end(), failed->begin(), failed->end());
  } else {
    problems_.push_back(std::string(name(side.system())) + ": " + failed.error().message);
  }
}

void Session::measure_memory() {
  for (const auto& side : sides_) {
    if (side->system() == System::shared) continue;  // the view changes nothing here
    say(std::string(name(side->system())) + ", least memory");
    note(std::string(name(side->system())) + ": least memory", measure_least_memory(*side, record_.results));
  }
}

}  // namespace tessera::bench
