// SPDX-License-Identifier: Apache-2.0
// Debian packages and programs of the host: what apt prints, what scripts say of
// alternatives, what ELF files ask for; damaged ones, too.
#include <cstdlib>
#include <filesystem>
#include <random>
#include <string>

#include "tests/unit/tools/check.hpp"
#include "tools/image/alternatives.hpp"
#include "tools/image/apt.hpp"
#include "tools/image/base.hpp"
#include "tools/image/dynamic.hpp"
#include "tools/image/host_program.hpp"
#include "tools/image/root_source.hpp"
#include "tools/image/settings.hpp"
#include "tools/image/tar.hpp"
#include "tools/support/file.hpp"
#include "tools/support/process.hpp"
#include "tools/support/temporary.hpp"

namespace {

using namespace tessera::tests;
using namespace tessera::tools;
using namespace tessera::tools::image;

void uris() {
  const auto found = parse_uris(
      "Reading package lists...\n"
      "'http://x/libacl1_2.3.1-3_amd64.deb' libacl1_2.3.1-3_amd64.deb 31488 MD5Sum:8d42\n"
      "'http://x/a' ../../etc/passwd.deb 10 SHA256:1\n"
      "'http://x/b' b_1_all.deb many SHA256:1\n"
      "'http://x/c' c_1%3a2_all.deb 7 \n");
  equal(found.size(), 2u);
  check(found.front() == Archive{"libacl1", "libacl1_2.3.1-3_amd64.deb", 31488}, "the first");
  check(found.back() == Archive{"c", "c_1%3a2_all.deb", 7}, "an epoch");
}

void alternatives() {
  const auto found = parse_alternatives(
      "#!/bin/sh\nset -e\n"
      "if [ \"$1\" = configure ]; then\n"
      "  update-alternatives --quiet --install /usr/bin/awk awk /usr/bin/mawk 5 \\\n"
      "    --slave /usr/share/man/man1/awk.1.gz awk.1.gz /usr/share/man/man1/mawk.1.gz\n"
      "  update-alternatives --install /usr/bin/ed ed \"$program\" 1; update-alternatives --remove x /y\n"
      "fi\n");
  equal(found.size(), 2u);
  check(found.front() == Alternative{"/usr/bin/awk", "/usr/bin/mawk", 5}, "the master");
  check(found.back() == Alternative{"/usr/share/man/man1/awk.1.gz", "/usr/share/man/man1/mawk.1.gz", 5}, "its slave");

  Root root;
  check(root.put_file("/usr/bin/mawk", "m", 0755) && root.put_file("/usr/bin/gawk", "g", 0755), "programs");
  check(add_alternatives(root, {{"/usr/bin/awk", "/usr/bin/mawk", 5}, {"/usr/bin/awk", "/usr/bin/gawk", 10},
                                {"/usr/bin/awk", "/usr/bin/none", 99}}).has_value(), "adds");
  equal(root.find("/usr/bin/awk")->target, "/usr/bin/gawk");

  check(root.put_file("/usr/lib/jvm/.java-1.17.jinfo",
                      "alias=java-1.17\npriority=1711\n\nhl java /usr/lib/jvm/j/bin/java\nhl ../x /y\nhl a b\n", 0644)
            .has_value(),
        "java's list");
  equal(java_alternatives(root).size(), 1u);
  check(java_alternatives(root).front() == Alternative{"/usr/bin/java", "/usr/lib/jvm/j/bin/java", 1711}, "java's line");
}

// Debian's /bin is a link; packages ship files in both.
void merged_root() {
  Root root;
  check(add_base(root, "host").has_value(), "base");
  check(root.put_file("/bin/a", "", 0755) && root.put_file("/lib/x86_64-linux-gnu/l.so", "", 0644), "files");
  check(root.find("/usr/bin/a") != nullptr && root.find("/usr/lib/x86_64-linux-gnu/l.so") != nullptr, "go where the link leads");
  check(root.is_there("/bin/a") && !root.is_there("/bin/b"), "is_there");
  check(root.put_link("/dead", "/nowhere").has_value() && root.is_there("/dead"), "a link that leads nowhere is there");
}

void extended_names() {
  const auto temporary = TemporaryDirectory::make();
  const std::string top = temporary->path(), name(150, 'n');
  check(write_file(top + "/" + name, "x").has_value(), "file");
  const auto archive = run_program({{"tar", "--format=posix", "-C", top, "-cf", "-", "./" + name}, ""});
  Root root;
  check(archive && add_tar(root, *archive).has_value() && root.find("/" + name) != nullptr, "a long name");
}

void host_programs() {
  const auto temporary = TemporaryDirectory::make();
  Root root;
  const auto shell = add_host_program(root, "/bin/bash");
  check(shell.has_value(), shell ? "" : shell.error().message);
  for (const char* one : {"/bin/bash", "/lib64/ld-linux-x86-64.so.2", "/usr/lib/x86_64-linux-gnu/libc.so.6"}) {
    check(!root.resolve(one).empty() || !root.resolve(std::string(one).substr(4)).empty(), one);
  }
  const std::string script = temporary->path() + "/script";
  check(write_file(script, "#! /bin/bash -e\n").has_value(), "script");
  equal(add_host_program(root, script).value_or("failed"), script);
  check(root.is_there(script), "the script itself");
  for (const auto& [text, why] : {std::pair{"\x7f" "ELF", "not an ELF"}, std::pair{"hello", "neither"}, std::pair{"#!\n", "no interpreter"}}) {
    check(write_file(script, text).has_value(), "bad file");
    const auto refused = add_host_program(root, script);
    contains(refused ? "" : refused.error().message, why);
  }
}

void whole_root() {
  const auto temporary = TemporaryDirectory::make();
  const std::string top = temporary->path();
  check(make_directories(top + "/r/bin").has_value() && write_file(top + "/r/bin/p", "p").has_value(), "tree");
  check(run_program({{"tar", "-C", top + "/r", "-czf", top + "/r.tar.gz", "."}, ""}).has_value(), "archive");
  for (const std::string& source : {top + "/r", top + "/r.tar.gz"}) {
    Root root;
    check(add_root(root, source).has_value() && root.find("/bin/p") != nullptr && root.find("/proc") != nullptr, source);
  }
  Root root;
  check(!add_root(root, top + "/none").has_value(), "nothing there");
}

// Whatever the bytes are: an answer or an error, no more.
void damaged_programs() {
  const std::string good = read_file("/bin/bash").value_or("");
  const auto dynamic = read_dynamic(good);
  check(dynamic && !dynamic->needed.empty() && dynamic->interpreter.starts_with("/lib"), "a good one");
  const char* given = std::getenv("TESSERA_TEST_SEED");
  const unsigned seed = given != nullptr ? static_cast<unsigned>(std::strtoul(given, nullptr, 0)) : 1;
  std::mt19937 random(seed);
  // Headers and the dynamic section's neighbourhood are what counts.
  std::size_t told = 0;
  for (unsigned round = 0; round < 3000; ++round) {
    std::string bytes = good.substr(0, round % 3 == 0 ? random() % good.size() : good.size());
    for (unsigned i = 0; i < 8 && !bytes.empty(); ++i) bytes[random() % std::min<std::size_t>(bytes.size(), 1024)] = static_cast<char>(random());
    if (!read_dynamic(bytes)) ++told;
  }
  check(told > 300, "damage is told, seed " + std::to_string(seed));
}

// What maintainer scripts would make, only of packages that are there.
void settings() {
  Root root;
  check(add_base(root, "host").has_value() && add_settings(root).has_value(), "a root without such packages");
  check(root.find("/etc/passwd")->content->starts_with("root:x:0:0:root:/root:/bin/sh\n"), "keeps its accounts");
  check(!root.is_there("/etc/ssl/certs/ca-certificates.crt"), "has no certificates");
  check(root.put_file("/usr/share/base-passwd/passwd.master", "root:*:0:0:root:/root:/bin/bash\n", 0644).has_value() &&
            root.put_file("/usr/share/base-passwd/group.master", "root:*:0:\ntty:*:5:\n", 0644).has_value() &&
            root.put_file("/usr/share/ca-certificates/m/b.crt", "B", 0644).has_value() &&
            root.put_file("/usr/share/ca-certificates/a.crt", "A\n", 0644).has_value() &&
            root.put_file("/usr/share/ca-certificates/a.txt", "T", 0644).has_value(),
        "files");
  check(add_settings(root).has_value(), "with them");
  equal(*root.find("/etc/passwd")->content, "root:x:0:0:root:/root:/bin/bash\n");
  equal(*root.find("/etc/group")->content, "root:x:0:\ntty:x:5:\n");
  equal(*root.find("/etc/ssl/certs/ca-certificates.crt")->content, "A\nB\n");
}

}  // namespace

int main() {
  settings();
  uris();
  alternatives();
  merged_root();
  extended_names();
  host_programs();
  whole_root();
  damaged_programs();
  return result();
}
