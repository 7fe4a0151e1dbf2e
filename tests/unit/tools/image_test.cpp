// SPDX-License-Identifier: Apache-2.0
// Root file systems, tar archives, bundles, and that an ISO image is the same
// bytes each time.
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <string>

#include "tests/unit/tools/check.hpp"
#include "tools/image/base.hpp"
#include "tools/image/bundle.hpp"
#include "tools/image/host_files.hpp"
#include "tools/image/iso.hpp"
#include "tools/image/root_writer.hpp"
#include "tools/image/tar.hpp"
#include "tools/support/file.hpp"
#include "tools/support/hash64.hpp"
#include "tools/support/process.hpp"
#include "tools/support/temporary.hpp"

namespace {

using namespace tessera::tests;
using namespace tessera::tools;
using namespace tessera::tools::image;

std::uint64_t number(std::string_view bytes, std::size_t at, std::size_t width) {
  std::uint64_t value = 0;
  for (std::size_t i = width; i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
  return value;
}

// An entry of a written index.
struct Read {
  std::string_view index;
  std::size_t at;
  [[nodiscard]] std::uint64_t field(std::size_t offset, std::size_t width) const { return number(index, at + offset, width); }
  [[nodiscard]] std::string name() const {
    return std::string(index.substr(number(index, 16, 8) + field(16, 4), field(20, 4)));
  }
};

Read entry(std::string_view index, std::size_t which) { return {index, 32 + 64 * which}; }

void root_index() {
  Root root;
  check(root.put_file("/b/file", std::string(5000, 'x'), 04755).has_value(), "file");
  check(root.put_link("/a", "b/file").has_value(), "link");
  check(root.put_file("/z", "", 0600).has_value(), "empty file");
  check(root.put("/b/again", *root.find("/b/file")).has_value(), "hard link");
  const RootImage image = write_root(root);
  equal(image.index.substr(0, 8), "TESSROOT");
  equal(number(image.index, 12, 4), 6u);
  equal(number(image.index, 16, 8), 32u + 6 * 64);
  equal(image.index.size(), number(image.index, 16, 8) + number(image.index, 24, 8));
  equal(entry(image.index, 0).name(), "");
  equal(entry(image.index, 0).field(4, 4), 0040755u);
  const Read link = entry(image.index, 1);
  equal(link.name(), "a");
  equal(link.field(4, 4), 0120777u);
  equal(image.index.substr(number(image.index, 16, 8) + link.field(32, 8), link.field(24, 8)), "b/file");
  const Read first = entry(image.index, 3);
  equal(first.name(), "again");
  equal(first.field(0, 4), 2u);
  equal(first.field(24, 8), 5000u);
  equal(first.field(48, 4), 0u);
  const Read second = entry(image.index, 4);
  equal(second.name(), "file");
  equal(second.field(4, 4), 0104755u);
  equal(second.field(48, 4), 4u);
  equal(second.field(40, 8), source_date());
  // The hard link has no content of its own, the empty file no bytes.
  equal(image.files.size(), 2u);
  equal(*image.files.front(), std::string(5000, 'x'));
}

void root_tree() {
  Root root;
  check(add_base(root, "host").has_value(), "base");
  equal(root.find("/tmp")->permissions, 01777u);
  equal(*root.find("/etc/hostname")->content, "host\n");
  check(root.put_link("/lib", "usr/lib").has_value(), "link to a directory");
  check(root.put_file("/lib/x.so", "1", 0644).has_value(), "file through a link");
  check(root.find("/usr/lib/x.so") != nullptr, "is where the link leads");
  equal(root.resolve("/lib/../lib/x.so"), "/usr/lib/x.so");
  check(root.put_link("/loop", "loop").has_value(), "loop");
  equal(root.resolve("/loop"), "");
  check(!root.put_file("/etc", "", 0644).has_value(), "a directory stays");
  check(!root.put_file("/etc/hostname/x", "", 0644).has_value(), "nothing below a file");
  check(!normal_path("a/b").has_value() && !normal_path("/a/../b").has_value(), "bad paths");
  equal(normal_path("//a/./b/").value_or(""), "/a/b");
}

void host_files() {
  const auto temporary = TemporaryDirectory::make();
  const std::string top = temporary->path();
  check(make_directories(top + "/d/sub").has_value() && write_file(top + "/d/sub/f", "hi").has_value(), "files");
  ::chmod((top + "/d/sub/f").c_str(), 0750);
  check(::symlink("f", (top + "/d/sub/l").c_str()) == 0, "link");
  Root root;
  const auto addition = parse_addition(top + "/d:/opt/d");
  check(addition.has_value() && add_host_files(root, *addition).has_value(), "directory");
  equal(*root.find("/opt/d/sub/f")->content, "hi");
  equal(root.find("/opt/d/sub/f")->permissions, 0750u);
  equal(root.find("/opt/d/sub/l")->target, "f");
  equal(parse_addition(top + "/d/sub/f:/bin/")->guest, "/bin/f");
  check(!parse_addition("x").has_value() && !parse_addition("x:y").has_value(), "bad additions");
  check(!add_host_files(root, {"/dev/null", "/x"}).has_value(), "devices are refused");
  check(!add_host_files(root, {top + "/missing", "/x"}).has_value(), "a missing file is refused");
}

void tar() {
  const auto temporary = TemporaryDirectory::make();
  const std::string top = temporary->path();
  const std::string longer = "/t/" + std::string(120, 'n');
  check(make_directories(top + "/t").has_value() && write_file(top + longer, "long").has_value(), "files");
  check(::link((top + longer).c_str(), (top + "/t/zz").c_str()) == 0 && ::symlink("zz", (top + "/t/l").c_str()) == 0, "links");
  const auto archive = run_program({{"tar", "--format=gnu", "--sort=name", "-C", top, "-cf", "-", "./t"}, ""});
  Root root;
  check(archive.has_value() && add_tar(root, *archive).has_value(), "reads");
  equal(*root.find(longer)->content, "long");
  check(root.find("/t/zz")->content == root.find(longer)->content, "hard link shares");
  equal(root.find("/t/l")->target, "zz");
  check(!add_tar(root, std::string(1024, 'x')).has_value(), "what is no tar is refused");
  check(!add_tar(root, archive->substr(0, archive->find("long"))).has_value(), "an archive cut before a content is refused");
}

void bundle() {
  const auto temporary = TemporaryDirectory::make();
  const std::string file = temporary->path() + "/bundle";
  const auto made = make_bundle({{"b", EntryKind::root_data, "", {content_of("data"), content_of(""), content_of("more")}},
                                 {"a", EntryKind::component, std::string(4097, 'e')}});
  check(made.has_value() && write_bundle(*made, file).has_value(), "writes");
  const auto bytes = read_file(file);
  if (!made || !bytes) return;
  equal(made->bytes, bytes->size());
  equal(bytes->substr(0, 8), "TESSBNDL");
  equal(number(*bytes, 12, 4), 2u);
  equal(number(*bytes, 16, 8), bytes->size());
  equal(number(*bytes, 24, 8), hash64(std::string_view(*bytes).substr(32, 144)));
  equal(bytes->substr(32, 2), std::string("a\0", 2));
  equal(number(*bytes, 32 + 48, 8), 4096u);
  equal(number(*bytes, 32 + 56, 8), 4097u);
  equal(number(*bytes, 32 + 64, 8), hash64(std::string(4097, 'e')));
  equal(number(*bytes, 104 + 48, 8), 4096u * 3);
  equal(number(*bytes, 104 + 64, 8), 0u);
  equal(number(*bytes, 104 + 56, 8), 8192u);
  equal(bytes->substr(4096 * 3, 8), std::string("data\0\0\0\0", 8));
  equal(bytes->substr(4096 * 4), "more" + std::string(4092, '\0'));
  check(!make_bundle({{"a", EntryKind::file, ""}, {"a", EntryKind::file, ""}}).has_value(), "twice is refused");
  check(!make_bundle({{std::string(40, 'a'), EntryKind::file, ""}}).has_value(), "a long name is refused");
}

void iso() {
  const auto temporary = TemporaryDirectory::make();
  const std::string top = temporary->path();
  check(write_file(top + "/bundle", std::string(10'000, 'b')).has_value(), "bundle");
  const IsoInputs inputs{"/proc/self/exe", top + "/bundle", ""};
  const auto first = write_iso(inputs, top + "/1.iso");
  check(first.has_value(), first ? "" : first.error().message);
  ::sleep(2);  // the FAT file system counts in steps of two seconds
  check(write_iso(inputs, top + "/2.iso").has_value(), "again");
  check(read_file(top + "/1.iso").value_or("1") == read_file(top + "/2.iso").value_or("2"), "both are the same bytes");
}

}  // namespace

int main() {
  root_index();
  root_tree();
  host_files();
  tar();
  bundle();
  iso();
  return result();
}
