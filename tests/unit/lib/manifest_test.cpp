// SPDX-License-Identifier: Apache-2.0
#include "lib/format/manifest.hpp"

#include <memory>
#include <random>
#include <string>

#include "tests/support/check.hpp"

using namespace tessera;

namespace {

const std::string kGood =
    "tessera-manifest\t1\nsystem\tshell\nmain\tlinux\npool\tcache\t16777216\npool\trest\t25%\n"
    "component\tconsole\nprogram\tconsole\nkind\tnative\ndomain\tconsole\nrestart\talways\nrestarts\t7\npriority\t120\n"
    "memory\t4194304\ngrant\tdevice\tpci:1af4:1043\n"
    "component\tlinux\nprogram\tlinux\nkind\tlinux\nrestart\tnever\nmemory\t80%\nneeds\tconsole\n"
    "config\targv.0\t/bin/sh\nchannel\tconsole\tconsole\tconsole\t262144\n";

bool parses(const std::string& text) {
  const auto manifest = std::make_unique<format::Manifest>();
  return format::parse_manifest(text, *manifest).has_value();
}

std::string replaced(std::string text, const std::string& what, const std::string& by) { return text.replace(text.find(what), what.size(), by); }

}  // namespace

TEST(programs_that_are_brought_in) {
  const auto with = [](const std::string& lines) { return replaced(kGood, "priority\t120\n", "priority\t120\n" + lines); };
  const auto manifest = std::make_unique<format::Manifest>();
  const std::string text = replaced(with("reload\t262144\nstart\tmanual\nrequest\tmemory\t4096\n"), "main\tlinux\n", "main\tlinux\nkey\tabc\n");
  CHECK(format::parse_manifest(text, *manifest).has_value());
  CHECK_EQ(manifest->components[0].reload, 262144u);
  CHECK(manifest->components[0].by_hand && !manifest->components[1].by_hand);
  CHECK_EQ(manifest->key, "abc");
  for (const char* bad : {"reload\t3000\n", "reload\t0\n", "reload\t134217728\n", "start\tboot\n", "start\t\n"}) CHECK(!parses(with(bad)));
}

TEST(how_often_interrupts_may_come) {
  const auto with = [](const std::string& line) { return replaced(kGood, "priority\t120\n", "priority\t120\n" + line); };
  const auto manifest = std::make_unique<format::Manifest>();
  CHECK(format::parse_manifest(with("interrupts\t2000\n"), *manifest).has_value());
  CHECK_EQ(manifest->components[0].interrupts, 2000u);
  for (const char* bad : {"interrupts\t0\n", "interrupts\t10000001\n", "interrupts\tmany\n"}) CHECK(!parses(with(bad)));
}

TEST(a_good_manifest) {
  const auto manifest = std::make_unique<format::Manifest>();
  CHECK(format::parse_manifest(kGood, *manifest).has_value());
  CHECK_EQ(manifest->system, "shell");
  CHECK_EQ(manifest->component_count, 2u);
  CHECK_EQ(manifest->pool_count, 2u);
  CHECK_EQ(manifest->pools[0].memory.bytes, 16777216u);
  CHECK_EQ(manifest->pools[1].memory.percent, 25u);
  CHECK(manifest->find_pool("rest") == 1u && !manifest->find_pool("x"));
  const auto& console = manifest->components[0];
  CHECK_EQ(console.priority, 120u);
  CHECK_EQ(console.restarts, 7u);
  CHECK_EQ(console.interrupts, format::kInterruptsPerSecond);
  CHECK_EQ(console.memory.bytes, 4194304u);
  CHECK(console.restart == format::RestartPolicy::always);
  const auto& linux = manifest->components[1];
  CHECK_EQ(linux.memory.percent, 80u);
  CHECK(linux.kind == format::ComponentKind::linux);
  CHECK(linux.lines.ends_with("channel\tconsole\tconsole\tconsole\t262144\n") && linux.lines.starts_with("program"));
  CHECK(console.lines.ends_with("pci:1af4:1043\n"));
}

TEST(manifests_that_are_refused) {
  CHECK(!parses(""));
  CHECK(!parses("tessera-manifest\t2\n"));
  CHECK(!parses("tessera-manifest\t1\nmain\tx\n"));
  CHECK(!parses(replaced(kGood, "main\tlinux", "main\tother")));
  CHECK(!parses(replaced(kGood, "component\tlinux", "component\tconsole")));
  CHECK(!parses(replaced(kGood, "component\tlinux", "component\tBad Name")));
  CHECK(!parses(replaced(kGood, "kind\tlinux", "kind\tmagic")));
  CHECK(!parses(replaced(kGood, "memory\t80%", "memory\t96%")));
  CHECK(!parses(replaced(kGood, "memory\t80%", "memory\t0%")));
  CHECK(!parses(replaced(kGood, "memory\t80%", "memory\t-1")));
  CHECK(!parses(replaced(kGood, "priority\t120", "priority\t256")));
  CHECK(parses(replaced(kGood, "priority\t120", "cpu\t1")));
  CHECK(!parses(replaced(kGood, "priority\t120", "cpu\t0")));
  CHECK(parses(replaced(kGood, "priority\t120", "core\t63")));
  CHECK(!parses(replaced(kGood, "priority\t120", "core\t64")));
  CHECK(!parses(replaced(kGood, "priority\t120", "cpu\t6401")));
  CHECK(parses(replaced(kGood, "priority\t120", "node\t0")));
  CHECK(!parses(replaced(kGood, "priority\t120", "node\t16")));
  CHECK(!parses(replaced(kGood, "priority\t120", "node\t-1")));
  CHECK(!parses(replaced(kGood, "needs\tconsole", "needs\tlinux")));
  CHECK(!parses(replaced(kGood, "needs\tconsole", "needs\tnobody")));
  CHECK(!parses(replaced(kGood, "channel\tconsole", "channel\tnobody")));
  CHECK(parses(replaced(kGood, "channel\tconsole\tconsole\tconsole\t262144", "schedules\tconsole")));  // of what kind, genesis looks
  CHECK(!parses(replaced(kGood, "channel\tconsole\tconsole\tconsole\t262144", "schedules\tnobody")));
  CHECK(parses(replaced(kGood, "needs\tconsole", "member\tcache\tmapped\nmember\trest\tunmapped")));
  CHECK(!parses(replaced(kGood, "needs\tconsole", "member\tcash\tmapped")));
  CHECK(!parses(replaced(kGood, "needs\tconsole", "member\tcache")));
  CHECK(!parses(replaced(kGood, "needs\tconsole", "member\tcache\tmaped")));
  CHECK(!parses(replaced(kGood, "pool\trest", "pool\tcache")));
  CHECK(!parses(replaced(kGood, "pool\trest", "pool\tBad")));
  CHECK(!parses(replaced(kGood, "rest\t25%", "rest\t0%")));
  CHECK(!parses(replaced(kGood, "rest\t25%", "rest")));
  CHECK(!parses(replaced(kGood, "program\tlinux\n", "")));
  CHECK(!parses(replaced(kGood, "domain\tconsole", "dominion\tconsole")));
}

TEST(too_many_components) {
  std::string text = "tessera-manifest\t1\nmain\tc0\n";
  for (unsigned i = 0; i < 63; ++i) text += "component\tc" + std::to_string(i) + "\nprogram\tx\n";
  CHECK(parses(text));
  CHECK(!parses(text + "component\tmore\nprogram\tx\n"));
}

TEST(fields_and_escapes) {
  std::array<char, 16> buffer;
  CHECK_EQ(std::string(format::unescape("a\\tb\\nc\\\\d", buffer).value_or("")), "a\tb\nc\\d");
  CHECK(!format::unescape("end\\", buffer));
  CHECK(!format::unescape("\\x", buffer));
  CHECK(!format::unescape("seventeen letters", buffer));
  std::string_view rest = "one\t\tthree";
  CHECK_EQ(format::take_field(rest).value_or("-"), "one");
  CHECK_EQ(format::take_field(rest).value_or("-"), "");
  CHECK_EQ(format::take_field(rest).value_or("-"), "three");
  CHECK(!format::take_field(rest));
}

TEST(numbers_of_a_manifest) {
  CHECK_EQ(format::parse_number("18446744073709551615").value_or(0), ~std::uint64_t{0});
  CHECK(!format::parse_number("18446744073709551616"));
  CHECK_EQ(format::parse_number("0x3f8").value_or(0), 0x3f8u);
  for (const std::string_view wrong : {"", "0x", "12a", "-1", " 1", "0xg"}) CHECK(!format::parse_number(wrong));
}

TEST(random_text_is_survived) {
  std::mt19937 random(6);
  const auto manifest = std::make_unique<format::Manifest>();
  for (unsigned round = 0; round < 20'000; ++round) {
    std::string text = kGood;
    for (unsigned i = 0; i < 1 + round % 6; ++i) text[random() % text.size()] = "\t\n%\\ax0\0"[random() % 8];
    text.resize(random() % 2 == 0 ? text.size() : random() % text.size());
    (void)format::parse_manifest(text, *manifest);
  }
}
