// SPDX-License-Identifier: Apache-2.0
// The benchmark harness, without a machine: options, samples, records, tables, charts.
#include <cmath>
#include <limits>

#include "tests/bench/bar_chart.hpp"
#include "tests/bench/chart.hpp"
#include "tests/bench/figures.hpp"
#include "tests/bench/options.hpp"
#include "tests/bench/record.hpp"
#include "tests/bench/rows.hpp"
#include "tests/bench/scaling.hpp"
#include "tests/bench/storage.hpp"
#include "tests/bench/table.hpp"
#include "tests/unit/tools/check.hpp"

namespace {

using namespace tessera::tests;
using namespace tessera::bench;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN(), kInfinity = std::numeric_limits<double>::infinity();

std::size_t count_of(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + part.size())) ++count;
  return count;
}

bool refused(const std::vector<std::string>& words) { return !parse_options(words).has_value(); }

std::string cpus_of(const std::string& text) {
  const auto options = parse_options(std::vector<std::string>{"--cpus", text});
  std::string list;
  if (options) {
    for (const unsigned cpus : options->cpus) list += std::to_string(cpus) + " ";
  }
  return list;
}

void command_line() {
  const auto plain = parse_options(std::vector<std::string>{});
  check(plain && plain->wall_runs == 5 && plain->cpus == std::vector<unsigned>{1, 2}, "what is not said");
  equal(cpus_of("4,2,4"), "1 2 4 ");
  equal(cpus_of("1"), "1 ");
  for (const char* wrong : {"", "0", "65", "two", "1,-1", "1;2", "99999999999999999999"}) equal(cpus_of(wrong), "");
  const auto other = parse_options(std::vector<std::string>{"--arch", "aarch64"});
  check(plain && plain->machine->arch == "x86_64" && other && other->machine->arch == "aarch64", "the machine");
  check(refused({"--arch"}) && refused({"--arch", "arm64"}), "no machine");
  const auto drawn = parse_options(std::vector<std::string>{"--from", "a.json", "--chart", "b.svg", "--filter", "pipe"});
  check(drawn && drawn->from == "a.json" && drawn->chart == "b.svg", "a chart from a file");
  check(refused({"--from", "a.json", "--json", "b.json"}) && refused({"--from", "a.json", "--quick"}), "--from measures nothing");
  check(refused({"--chart"}) && refused({"--from"}) && refused({"--cpus"}) && refused({"--chrat", "x"}), "what is cut short");
}

void disks() {
  const auto usual = chosen_storage_rows("", false, DiskKind::virtio), nvme = chosen_storage_rows("storage-nvme", false, DiskKind::nvme);
  check(usual.size() > 10 && usual == nvme, "every kind of disk has the same rows");
  check(chosen_storage_rows("", false, DiskKind::nvme).empty(), "NVMe only where it is asked for");
  check(chosen_storage_rows("storage-nvme", false, DiskKind::virtio).empty(), "and then nothing else");
  equal(storage_row("create", DiskKind::virtio) + " " + storage_row("create", DiskKind::nvme), "storage-create storage-nvme-create");
  check(chosen_storage_rows("storage-create", false, DiskKind::virtio) == std::vector<std::string>{"create"}, "one row");
  Record record;
  record.on.architecture = "x86_64";
  record.results.add("storage-create", System::shared, Kind::instructions, 500);
  record.results.add("storage-create", System::linux_kernel, Kind::instructions, 1000);
  const std::string text = tables(record);
  check(text.find("on virtio-blk") != std::string::npos && text.find("0.50") != std::string::npos, "the table has the row");
  check(text.find("on NVMe") == std::string::npos, "and no table without rows");
}

void spreads() {
  check(!spread_of({}), "nothing has no median");
  const auto odd = spread_of({3, 1, 2}), even = spread_of({4, 1, 2, 3});
  check(odd && odd->median == 2 && odd->least == 1 && odd->most == 3, "median of three");
  check(even && even->median == 2.5, "median of four");
  // Turn by turn: the slow turn of both is no slow ratio.
  const auto ratio = ratio_of({1, 10, 2}, {2, 20, 4});
  check(ratio && ratio->median == 0.5 && ratio->least == 0.5 && ratio->most == 0.5, "ratios of the same turns");
  check(!ratio_of({1}, {}) && !ratio_of({1}, {0}) && !ratio_of({0}, {0}) && !ratio_of({kNaN}, {1}) && !ratio_of({-1}, {1}),
        "no ratios");
  equal(with_range(ratio_of({1, 3}, {2, 2})), "1.00 (0.50..1.50)");
  equal(with_range(ratio_of({1}, {2})), "0.50");
  equal(with_range({}), "-");
  equal(with_deviation(Spread{2000, 1900, 2500}, 1000), "2.00  -5%  +25%");
  equal(with_deviation({}, 1000), "-");
  equal(number(1234567, 0), "1,234,567");
  equal(number(999.5, 2), "999.50");
}

Record sample() {
  Record record{{"aarch64", "A \"B\" \\ C", "2", "Linux 1", "QEMU 1", "abc", "-M q35", "linux-image"}, {}};
  for (const double sample : {4.0, 5.0, 6.0}) {
    record.results.add("null-call", System::shared, Kind::wall_ns, sample);
    record.results.add("null-call", System::linux_kernel, Kind::wall_ns, 2 * sample);
  }
  record.results.add("null-call", System::protected_view, Kind::instructions, 300);
  record.results.add("null-call", System::linux_kernel, Kind::instructions, 100);
  record.results.add("odd \"row\" \\", System::nucleus, Kind::bytes, 0.1);
  return record;
}

void records() {
  const Record record = sample();
  const auto read = from_json(to_json(record));
  check(read.has_value(), "what was written is read");
  if (!read) return;
  check(read->results.all() == record.results.all(), "results are the same");
  equal(read->on.architecture, "aarch64");
  equal(read->on.processor, record.on.processor);
  equal(read->on.linux_kernel, record.on.linux_kernel);
  equal(to_json(*read), to_json(record));
  // Of an older harness: no head but these two.
  const auto old = from_json(
      "{\"processor\": \"P\", \"qemu\": \"Q\", \"results\": [\n"
      "{\"row\": \"stat\", \"system\": \"linux\", \"kind\": \"instructions\", \"samples\": [7]}\n]}\n");
  check(old && old->on.processor == "P" && old->on.commit.empty(), "an old head");
  check(old && old->results.value("stat", System::linux_kernel, Kind::instructions) == 7, "an old line");
  for (const char* wrong :
       {"", "{}", "\"row\": \"", "{\"row\": \"a\", \"system\": \"linux\", \"kind\": \"bytes\", \"samples\": []}",
        "{\"row\": \"a\", \"system\": \"vms\", \"kind\": \"bytes\", \"samples\": [1]}", "{\"row\": \"a\\"})
    check(!from_json(wrong), wrong);
}

void names_are_escaped() {
  equal(escaped("<a&b> \"c\" 'd'"), "&lt;a&amp;b&gt; &quot;c&quot; &#39;d&#39;");
  equal(escaped("\x01\x7f\xff]]>"), "???]]&gt;");
  const std::string picture =
      draw({.title = "<t>", .series = {"a&b", "\"c\""}, .groups = {{"</svg>", {{"<script>", {1.5, {}}}}}}, .notes = {"<n>"}});
  for (const char* markup : {"<t>", "a&b", "<script>", "<n>"}) check(!picture.contains(markup), markup);
  equal(count_of(picture, "</svg>"), 1u);
  contains(picture, "&lt;script&gt;");
}

// The x and width of the bars of a series.
struct Place {
  double x = 0, width = 0;
};
std::vector<Place> places(std::string_view picture, std::string_view series) {
  std::vector<Place> found;
  const auto field = [](std::string_view shape, std::string_view name) {
    const std::size_t at = shape.find(name) + name.size();
    return std::strtod(std::string(shape.substr(at, 12)).c_str(), nullptr);
  };
  for (std::size_t at = picture.find("<rect"); at != std::string_view::npos; at = picture.find("<rect", at + 1)) {
    const std::string_view shape = picture.substr(at, picture.find("/>", at) - at);
    if (shape.contains(series)) found.push_back({field(shape, " x=\""), field(shape, " width=\"")});
  }
  found.erase(found.begin());  // the legend's
  return found;
}

void bars_begin_at_one() {
  const std::string picture =
      draw({.title = "t",
            .series = {"s", "u"},
            .groups = {{"g", {{"half", {0.5, {}}}, {"twice", {2, {}}}, {"four", {4, {}}}, {"same", {1, {}}}}}},
            .notes = {}});
  const auto bars = places(picture, "series0");
  equal(bars.size(), 4u);
  if (bars.size() != 4) return;
  const double one = bars[1].x;
  check(std::abs(bars[0].x + bars[0].width - one) < 0.2, "less ends at one");
  check(std::abs(bars[0].width - bars[1].width) < 0.2, "half is as long as twice");
  check(std::abs(bars[2].width - 2 * bars[1].width) < 0.3, "four is twice as long as two");
  check(bars[3].width > 0, "one is to be seen");
  check(places(picture, "series1").empty(), "no ratio, no bar");
  contains(picture, "prefers-color-scheme: dark");
}

void ratios_that_are_none() {
  const std::vector<Bar> bars{{"nan", {kNaN, kNaN}},
                              {"zero", {0, -0.0}},
                              {"negative", {-1, 1}},
                              {"infinite", {kInfinity, -kInfinity}},
                              {"huge", {1e300, 1e-300}}};
  const std::string picture = draw({.title = "t", .series = {"s", "u"}, .groups = {{"g", bars}}, .notes = {}});
  equal(places(picture, "series0").size(), 1u);
  equal(places(picture, "series1").size(), 2u);
  for (const char* wrong : {"\"nan", "\"inf", "\"-"}) check(!picture.contains(wrong), wrong);
  for (const Place& place : places(picture, "series1")) check(place.x >= 0 && place.x + place.width <= 960, "inside the picture");
  const std::string empty = draw({.title = "t", .series = {"s", "u"}, .groups = {}, .notes = {}});
  check(empty.starts_with("<svg") && empty.ends_with("</svg>\n"), "a chart of nothing is a picture");
}

void charts() {
  const auto picture = chart(sample());
  check(picture.has_value(), "a chart of the sample");
  if (picture) {
    contains(*picture, "Calls, wall time");
    contains(*picture, "0.50 / -");
    contains(*picture, "Calls, instructions");
    contains(*picture, "- / 3.00");
    contains(*picture, "A &quot;B&quot; \\ C");
    check(!picture->contains("odd"), "a row of one system is not drawn");
  }
  check(!chart(Record{}), "no results, no chart");
  Record zero;
  zero.results.add("null-call", System::shared, Kind::wall_ns, 1);
  zero.results.add("null-call", System::linux_kernel, Kind::wall_ns, 0);
  check(!chart(zero), "nothing over zero is no figure");
}

void scaling() {
  const std::vector<unsigned> list{1, 2, 4};
  const auto text = [&](unsigned cpus, bool quick) {
    std::string rows;
    for (const std::string& row : chosen_scaling_rows("", quick, cpus, list)) rows += row + " ";
    return rows;
  };
  contains(text(1, false), "sha256:1 ");
  check(!text(1, false).contains("sha256:2"), "work of one's own is not shared on one core");
  contains(text(1, false), "shared-pipe:1 shared-pipe:2 shared-pipe:4 ");
  contains(text(2, false), "shared-pipe:2 shared-futex:2 ");
  check(!text(2, true).contains("shared"), "--quick leaves out");
  check(chosen_scaling_rows("null-call", false, 2, list).empty(), "the filter holds for scaling rows");
  equal(scaling_row("sha256", {2, 4}), scaling_row(guest_row("sha256", 2), 4));

  Record record;
  const auto add = [&](const std::string& work, Crew crew, double ns) {
    record.results.add(scaling_row(work, crew), System::linux_kernel, Kind::wall_ns, ns);
  };
  add("sha256", {1, 1}, 100);
  add("sha256", {2, 2}, 50);
  add("shared-pipe", {1, 1}, 100);
  add("shared-pipe", {2, 1}, 200);
  add("shared-pipe", {2, 2}, 400);
  const std::string shown = tables(record);
  contains(shown, "                2.00\n");  // twice as fast: two workers on two cores
  contains(shown, "1 on 1                    -                    -                 0.25\n");
  contains(shown, "2 on 1                    -                    -                 0.50\n");
}

void what_changed() {
  Record before = sample(), after = sample();
  contains(changes(before, after), "Nothing changed");
  before.on.commit = "older";
  after.results.add("null-call", System::protected_view, Kind::instructions, 400);
  contains(changes(before, after), "before, Tessera: older");
  contains(changes(before, after), "1.17");
  contains(tables(after), "CPUs: 2");
}

}  // namespace

int main() {
  command_line();
  disks();
  spreads();
  records();
  names_are_escaped();
  bars_begin_at_one();
  ratios_that_are_none();
  charts();
  scaling();
  what_changed();
  return result();
}
