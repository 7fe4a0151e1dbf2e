// SPDX-License-Identifier: Apache-2.0
// Audit records in a log: read, chosen, printed; and lines that only look like them.
#include <random>
#include <string>
#include <vector>

#include "tests/unit/tools/check.hpp"
#include "tools/audit/command.hpp"

namespace {

using namespace tessera::tests;
using namespace tessera::tools;
using namespace tessera::tools::audit;

const std::string kLine =
    "[    1.500000] audit: linux\t12\t1500000001\tdelegate\tmemory\t0x7f31\trw\t5\tgenesis\t0x33\tlinux\tok\t0";

std::string replaced(std::string text, const std::string& what, const std::string& with) {
  return text.replace(text.find(what), what.size(), with);
}

void reading() {
  const auto record = parse_record(kLine);
  check(record.has_value(), "a record");
  if (!record) return;
  equal(record->name_space, "linux");
  equal(record->sequence, 12u);
  equal(record->time_ns, 1500000001u);
  equal(record->object, 0x7f31u);
  equal(as_text(*record), "  1.500000  linux: delegate memory 0x7f31 rights rw badge 5 by genesis thread 0x33 other side linux");
  equal(as_json(*record),
        R"({"namespace":"linux","sequence":12,"time_ns":1500000001,"event":"delegate","type":"memory","object":"0x7f31",)"
        R"("rights":"rw","badge":5,"actor":"genesis","thread":"0x33","other":"linux","result":"ok","lost":0})");
  const auto denied = parse_record(replaced(replaced(kLine, "\tok\t0", "\tdenied\t3"), "\trw\t5", "\t-\t0"));
  check(denied.has_value(), "a refusal");
  if (denied) {
    equal(as_text(*denied), "  1.500000  linux: (3 records lost) delegate memory 0x7f31 by genesis thread 0x33 other side linux: denied");
  }
}

void other_lines() {
  for (const std::string& line :
       {std::string(), std::string("[    1.5] linux: started"), kLine.substr(17), kLine + "\t1", kLine.substr(0, kLine.rfind('\t')),
        replaced(kLine, "audit: ", "linux: ] audit: "), replaced(kLine, "0x7f31", "0x"), replaced(kLine, "\t12\t", "\t-1\t"),
        replaced(kLine, "genesis", "gen\"esis"), replaced(kLine, "genesis", ""), replaced(kLine, "1500000001", "99999999999999999999")}) {
    check(!parse_record(line).has_value(), line);
  }
  std::mt19937_64 random(20261121);
  for (int round = 0; round < 20000; ++round) {
    std::string line = kLine;
    for (std::uint64_t edits = 1 + random() % 3; edits > 0; --edits) line[random() % line.size()] = static_cast<char>(random());
    if (const auto record = parse_record(line)) {
      check(as_json(*record).find_first_of("\n\\") == std::string::npos, "JSON of a damaged line");
    }
  }
}

void choosing() {
  const auto record = parse_record(kLine);
  if (!record) return;
  const auto shown = [&](std::vector<std::string> words) {
    words.emplace_back("file");
    const auto options = parse_options(words);
    check(options.has_value(), words.front());
    return options && options->filter.matches(*record);
  };
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
           {}, {"--namespace", "linux"}, {"--namespace", "genesis"}, {"--object", "memory"}, {"--object", "0x7f31"},
           {"--event", "delegate"}, {"--since", "1.5"}}) {
    check(shown(words), words.empty() ? "everything" : words.back());
  }
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
           {"--namespace", "console"}, {"--object", "endpoint"}, {"--object", "0x7f3"}, {"--event", "use"}, {"--since", "1.6"}}) {
    check(!shown(words), words.back());
  }
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
           {}, {"a", "b"}, {"--since"}, {"--since", "x", "a"}, {"--since", "-1", "a"}, {"--event", "delegat", "a"}, {"--namspace", "x", "a"}}) {
    check(!parse_options(words).has_value(), words.empty() ? "no file" : words.front());
  }
}

}  // namespace

int main() {
  reading();
  other_lines();
  choosing();
  return failures == 0 ? 0 : 1;
}
