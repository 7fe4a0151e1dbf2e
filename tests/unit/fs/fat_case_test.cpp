// SPDX-License-Identifier: Apache-2.0
// Images that mkfs.fat and mcopy made read back; names; files without names; what makes no sense on the disk.
#include <algorithm>
#include <filesystem>
#include <map>

#include "components/fs/fat/fat.hpp"
#include "tests/support/check.hpp"
#include "tests/unit/fs/model.hpp"
#include "tests/unit/fs/tools.hpp"

using namespace tessera;
using namespace tessera::fs;
using test::HostLoop;
using test::ImageDevice;
using test::run;

namespace {

constexpr Time kNow{.seconds = 1'800'000'001, .nanoseconds = 370'000'000};
constexpr std::uint32_t kFile = 0x81ed, kFolder = 0x41ed;

const std::string& tree() {
  static const std::string root = [] {
    const std::string at = test::scratch() + "/fat-tree";
    const auto ran = test::shell("set -e; mkdir -p " + at + "/many " + at + "/deep/a/b/c; cd " + at + R"sh(
      for i in $(seq 1 150); do echo "number $i" > "many/A file with a longer name $i.text"; done
      printf '' > nothing; printf x > ONE.TXT; printf y > lower.txt; printf z > MiXed.Txt; head -c 700000 /dev/urandom > large
      echo deep > deep/a/b/c/file; echo u > 'Grüße, 世界.txt'; echo l > "$(printf 'l%.0s' $(seq 1 255))"
      touch -d '2020-02-29 12:34:56 UTC' large)sh");
    CHECK_EQ(ran.status, 0);
    return at;
  }();
  return root;
}

struct Names final : DirectorySink {
  std::map<std::string, InodeNumber> names;
  std::size_t room = 9;
  bool add(const DirectoryEntry& entry) override {
    if (room == 0) return false;
    --room;
    CHECK(names.emplace(entry.name, entry.inode).second);
    return true;
  }
};

void compare(HostLoop& loop, FileSystem& files, InodeNumber directory, const std::string& path) {
  Names listed;
  for (std::uint64_t position = 0;;) {
    listed.room = 9;
    const auto next = run(loop, files.read_directory(directory, position, listed));
    CHECK(next.has_value());
    if (!next || listed.room == 9) break;
    position = *next;
  }
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(path)) {
    ++count;
    const std::string name = entry.path().filename().string();
    const auto found = run(loop, files.lookup(directory, name));
    if (!found || !listed.names.contains(name) || listed.names[name] != found->inode) {
      test::note_failure(__FILE__, __LINE__, name + " is missing");
      continue;
    }
    CHECK_EQ(found->mode, entry.is_directory() ? kFolder : kFile);
    if (entry.is_directory()) {
      compare(loop, files, found->inode, entry.path().string());
      continue;
    }
    const auto contents = test::read_file(entry.path().string());
    CHECK(test::read_all(loop, files, found->inode) == std::string_view(reinterpret_cast<const char*>(contents.data()), contents.size()));
  }
  CHECK_EQ(listed.names.size(), count);
}

void read_back(const std::string& options, unsigned kib) {
  HostLoop loop;
  ImageDevice device(loop, test::make_fat(options, kib, tree()));
  const std::vector<std::byte> before = device.image();
  auto mounted = run(loop, fat::mount(device, {}));
  if (!mounted) return test::note_failure(__FILE__, __LINE__, mounted.error().reason);
  compare(loop, *mounted->files, mounted->files->root(), tree());
  const auto large = run(loop, mounted->files->lookup(mounted->files->root(), "LARGE"));
  CHECK(large.has_value() && large->modified.seconds == 1'582'979'696);
  CHECK(run(loop, mounted->files->unmount()).has_value());
  CHECK(before == device.image());
}

struct Fixture {
  HostLoop loop;
  ImageDevice device;
  std::unique_ptr<FileSystem> files;
  explicit Fixture(const std::string& options = "-F 16 -s 2") : device(loop, test::make_fat(options, 16384)) { mount(); }
  void mount() {
    files.reset();
    auto mounted = run(loop, fat::mount(device, {}));
    CHECK(mounted.has_value());
    if (mounted) files = std::move(mounted->files);
  }
  Result<Attributes> create(std::string_view name, std::uint32_t mode = kFile) {
    NewInode what;
    what.mode = mode;
    what.now = kNow;
    return run(loop, files->create(files->root(), name, what));
  }
  Result<void> write(InodeNumber inode, std::size_t bytes, char with) {
    std::vector<std::byte> data((bytes + 511) / 512 * 512, static_cast<std::byte>(with));
    const std::span<std::byte> piece(data);
    return run(loop, files->write(inode, 0, std::span(&piece, 1), bytes, kNow));
  }
  void unmount_and_check() {
    CHECK(run(loop, files->unmount()).has_value());
    const std::string wrong = test::check_fat(device.image());
    if (!wrong.empty()) test::note_failure(__FILE__, __LINE__, wrong);
  }
};

}  // namespace

TEST(fat12_reads_back) { read_back("-F 12 -s 8", 8192); }
TEST(fat16_reads_back) { read_back("-F 16 -s 1", 8192); }
TEST(fat32_reads_back) { read_back("-F 32 -s 1", 40960); }
TEST(fat32_with_large_clusters_reads_back) { read_back("-F 32 -s 8", 300'000); }
TEST(sectors_of_4096_bytes_read_back) { read_back("-F 16 -S 4096 -s 1", 32768); }

TEST(names_are_preserved_and_found_in_any_case) {
  Fixture fixture;
  auto& [loop, device, files] = fixture;
  for (const char* const name : {"Long Name.text", "UPPER.TXT", "lower.txt", "trailing dots...", ".dot", "a.b.c.d", "Größe"}) CHECK(fixture.create(name).has_value());
  CHECK(run(loop, files->lookup(files->root(), "long nAME.TEXT")).has_value());
  CHECK(run(loop, files->lookup(files->root(), "Trailing Dots")).has_value());
  CHECK(fixture.create("LONG NAME.TEXT") == std::unexpected(Error::exists));
  CHECK(fixture.create("upper.txt.") == std::unexpected(Error::exists));
  // Another's short name is none of its own, and nobody else's.
  CHECK(run(loop, files->lookup(files->root(), "LONGNA~1.TEX")) == std::unexpected(Error::not_found));
  CHECK(fixture.create("longna~1.tex") == std::unexpected(Error::exists));
  for (const char* const bad : {"a*b", "a:b", "tab\tname", "end ", "\xff"}) CHECK(fixture.create(bad) == std::unexpected(Error::invalid));
  CHECK(fixture.create("...") == std::unexpected(Error::not_found));
  CHECK(fixture.create(std::string(256, 'n')) == std::unexpected(Error::name_too_long));
  for (unsigned i = 0; i < 30; ++i) CHECK(fixture.create("the same beginning " + std::to_string(i) + ".txt").has_value());
  CHECK(run(loop, files->rename(files->root(), "lower.txt", files->root(), "LoWeR.txt", 0, kNow)).has_value());
  Names listed;
  listed.room = 100;
  CHECK(run(loop, files->read_directory(files->root(), 0, listed)).has_value());
  CHECK(listed.names.contains("LoWeR.txt") && !listed.names.contains("lower.txt") && listed.names.contains("UPPER.TXT"));
  fixture.unmount_and_check();
}

TEST(what_fat_does_not_have_is_refused) {
  Fixture fixture;
  auto& [loop, device, files] = fixture;
  const auto file = fixture.create("file");
  CHECK(fixture.create("link", 0xa1ff) == std::unexpected(Error::unsupported));
  CHECK(run(loop, files->link(file->inode, files->root(), "other", kNow)) == std::unexpected(Error::unsupported));
  AttributeChange large{.which = AttributeChange::kSize, .to = {}};
  large.to.size = std::uint64_t{1} << 32;
  CHECK(run(loop, files->change_attributes(file->inode, large)) == std::unexpected(Error::too_large));
  large.to.size -= 1;
  CHECK(run(loop, files->change_attributes(file->inode, large)) == std::unexpected(Error::no_space));
  AttributeChange mode{.which = AttributeChange::kMode, .to = {}};
  mode.to.mode = 0555;
  CHECK_EQ(run(loop, files->change_attributes(file->inode, mode))->mode, 0x8000u | 0555u);
  mode.to.mode = 0640;
  CHECK_EQ(run(loop, files->change_attributes(file->inode, mode))->mode, 0x8000u | 0555u);
  CHECK(file->born.seconds == kNow.seconds && file->born.nanoseconds == kNow.nanoseconds && file->modified.seconds == kNow.seconds - 1);
  fixture.unmount_and_check();
}

// The numbers of files are found again by a program that was started anew, also of one that is in use without a name.
TEST(numbers_hold_across_a_restart) {
  Fixture fixture;
  auto& [loop, device, files] = fixture;
  const InodeNumber stays = fixture.create("stays")->inode, kept = fixture.create("kept")->inode, moved = fixture.create("moved")->inode, gone = fixture.create("gone")->inode;
  for (const InodeNumber inode : {stays, kept, moved, gone}) CHECK(fixture.write(inode, 5000, 'x').has_value());
  CHECK(run(loop, files->keep(kept)).has_value());
  CHECK_EQ(run(loop, files->unlink(files->root(), "kept", false, kNow))->links, 0u);
  CHECK(run(loop, files->unlink(files->root(), "gone", false, kNow)).has_value());
  CHECK(run(loop, files->attributes(gone)) == std::unexpected(Error::stale));
  CHECK(run(loop, files->rename(files->root(), "moved", files->root(), "a name with more parts", 0, kNow)).has_value());
  // The old number is good until then, and nobody else gets it.
  CHECK_EQ(run(loop, files->attributes(moved))->size, 5000u);
  const InodeNumber now = run(loop, files->lookup(files->root(), "a name with more parts"))->inode;
  for (unsigned i = 0; i < 10; ++i) CHECK(fixture.create("new" + std::to_string(i))->inode != moved);
  CHECK(run(loop, files->sync(0, false)).has_value());
  fixture.mount();
  CHECK(test::read_all(loop, *files, stays) == std::string(5000, 'x'));
  CHECK(test::read_all(loop, *files, kept) == std::string(5000, 'x'));
  CHECK_EQ(run(loop, files->attributes(kept))->links, 0u);
  CHECK(test::read_all(loop, *files, now) == std::string(5000, 'x'));
  CHECK(run(loop, files->attributes(moved)) == std::unexpected(Error::stale));
  CHECK(run(loop, files->keep(kept)).has_value());
  CHECK(run(loop, files->let_go(kept)).has_value());
  CHECK(run(loop, files->attributes(kept)) == std::unexpected(Error::stale));
  CHECK(run(loop, files->unmount()).has_value());
  const std::string wrong = test::crashed_fat_complaints(device.image());
  if (!wrong.empty()) test::note_failure(__FILE__, __LINE__, wrong);
}

TEST(a_chain_that_leads_to_itself_ends) {
  Fixture fixture("-F 16 -s 1 -f 1");
  auto& [loop, device, files] = fixture;
  const InodeNumber file = fixture.create("file")->inode;
  CHECK(fixture.write(file, 20'000, 'l').has_value());
  CHECK(run(loop, files->unmount()).has_value());
  // The first cluster is 2, in the second sector: it follows itself.
  const std::size_t table = 512 * (std::to_integer<std::size_t>(device.image()[14]) | std::to_integer<std::size_t>(device.image()[15]) << 8);
  device.image()[table + 4] = std::byte{2};
  device.image()[table + 5] = std::byte{0};
  fixture.mount();
  CHECK_EQ(test::read_all(loop, *files, run(loop, files->lookup(files->root(), "file"))->inode).size(), 20'000u);
  CHECK(run(loop, files->unlink(files->root(), "file", false, kNow)).has_value());
  CHECK(run(loop, files->sync(0, false)).has_value());
  // One that ends too early is an error, and nothing is changed any more.
  const InodeNumber other = fixture.create("other")->inode;
  CHECK(fixture.write(other, 600, 'o').has_value());
  CHECK(run(loop, files->unmount()).has_value());
}

TEST(label_and_serial_number_are_told) {
  HostLoop loop;
  ImageDevice device(loop, test::make_fat("-F 32 -s 1 -n TESSERA -i 12345678", 40960));
  CHECK(run(loop, fat::probe(device)).value());
  const auto mounted = run(loop, fat::mount(device, {.read_only = true}));
  CHECK(mounted.has_value() && std::string_view(mounted->label) == "TESSERA" && mounted->serial == 0x12345678);
  ImageDevice nothing(loop, std::vector<std::byte>(1 << 20));
  CHECK(!run(loop, fat::probe(nothing)).value());
}
