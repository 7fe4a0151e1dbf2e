// SPDX-License-Identifier: Apache-2.0
// Single cases: files without names, errors of the device, what is refused, and many tasks at a time.
#include <algorithm>
#include <array>
#include <fstream>
#include <sstream>

#include "components/fs/ext4/checksum.hpp"
#include "components/fs/ext4/ext4.hpp"
#include "tests/support/check.hpp"
#include "tests/unit/fs/model.hpp"
#include "tests/unit/fs/tools.hpp"

using namespace tessera;
using namespace tessera::fs;
using test::HostLoop;
using test::ImageDevice;
using test::run;

namespace {

constexpr Time kNow{.seconds = 1'800'000'000, .nanoseconds = 7};
constexpr std::uint32_t kFile = 0x81a4, kFolder = 0x41ed;

NewInode file_of(std::uint32_t mode) {
  return {.mode = mode, .uid = 0, .gid = 0, .device_major = 0, .device_minor = 0, .now = kNow, .target = {}};
}

// A file system on its device.
struct Fixture {
  HostLoop loop;
  ImageDevice device;
  std::unique_ptr<FileSystem> files;

  explicit Fixture(const std::string& options = "-b 1024", unsigned kib = 8192) : device(loop, test::make_image(options, kib)) { mount({}); }
  void mount(ext4::MountOptions options) {
    files.reset();
    auto mounted = run(loop, ext4::mount(device, options));
    CHECK(mounted.has_value());
    if (mounted) files = std::move(*mounted);
    else test::note_failure(__FILE__, __LINE__, mounted.error().reason);
  }
  InodeNumber create(std::string_view name, std::uint32_t mode = kFile) {
    const auto made = run(loop, files->create(files->root(), name, file_of(mode)));
    CHECK(made.has_value());
    return made ? made->inode : 0;
  }
  Result<void> write(InodeNumber inode, std::uint64_t offset, std::size_t bytes, char with) {
    std::vector<std::byte> data((bytes + 511) / 512 * 512, static_cast<std::byte>(with));
    const std::span<std::byte> piece(data);
    return run(loop, files->write(inode, offset, std::span(&piece, 1), offset + bytes, kNow));
  }
  void unmount_and_check() {
    CHECK(run(loop, files->unmount()).has_value());
    const std::string wrong = test::check_image(device.image());
    if (!wrong.empty()) test::note_failure(__FILE__, __LINE__, wrong);
  }
  std::uint64_t free_blocks() { return run(loop, files->space())->free_blocks; }
};

}  // namespace

// From here on all is done by the instructions, if this host has them.
TEST(checksums_by_instructions_are_the_same) {
  std::vector<std::byte> data(300);
  for (std::size_t i = 0; i < data.size(); ++i) data[i] = static_cast<std::byte>(i * i + 7);
  const auto all = [&] {
    std::vector<std::uint32_t> sums;
    for (std::size_t begin = 0; begin < 9; ++begin)
      for (std::size_t bytes = 0; bytes < 40; ++bytes) sums.push_back(ext4::crc32c(~0u, std::span(data).subspan(begin, bytes)));
    sums.push_back(ext4::crc32c(7, data));
    return sums;
  };
  const std::string digits = "123456789";
  CHECK_EQ(~ext4::crc32c(~0u, std::as_bytes(std::span(digits))), 0xe3069283u);  // the check value of CRC-32C
  const auto by_tables = all();
  std::stringstream processor;
  processor << std::ifstream("/proc/cpuinfo").rdbuf();
  if (processor.str().find("sse4_2") == std::string::npos && processor.str().find("crc32") == std::string::npos) return;
  ext4::use_checksum_instructions();
  CHECK(all() == by_tables);
  CHECK_EQ(~ext4::crc32c(~0u, std::as_bytes(std::span(digits))), 0xe3069283u);
}

TEST(a_file_that_is_kept_outlives_its_name) {
  Fixture fixture;
  auto& [loop, device, files] = fixture;
  const InodeNumber inode = fixture.create("kept");
  CHECK(fixture.write(inode, 0, 5000, 'k').has_value());
  CHECK(run(loop, files->sync(0, false)).has_value());
  const std::uint64_t before = fixture.free_blocks();
  CHECK(run(loop, files->keep(inode)).has_value());
  CHECK(run(loop, files->keep(inode)).has_value());
  const auto gone = run(loop, files->unlink(files->root(), "kept", false, kNow));
  CHECK(gone.has_value() && gone->links == 0);
  CHECK(test::read_all(loop, *files, inode) == std::string(5000, 'k'));
  CHECK(run(loop, files->let_go(inode)).has_value());
  CHECK_EQ(fixture.free_blocks(), before);
  CHECK(run(loop, files->let_go(inode)).has_value());
  CHECK_EQ(fixture.free_blocks(), before + 5);
  CHECK(run(loop, files->attributes(inode)) == std::unexpected(Error::stale));
  fixture.unmount_and_check();
}

TEST(a_file_without_a_name_gets_one) {
  Fixture fixture;
  auto& [loop, device, files] = fixture;
  const InodeNumber inode = fixture.create("");
  CHECK(fixture.write(inode, 0, 700, 'u').has_value());
  CHECK(run(loop, files->link(inode, files->root(), "named", kNow)).has_value());
  CHECK(run(loop, files->let_go(inode)).has_value());
  CHECK(test::read_all(loop, *files, run(loop, files->lookup(files->root(), "named"))->inode) == std::string(700, 'u'));
  fixture.unmount_and_check();
}

TEST(orphans_stay_for_clients_of_a_restarted_server) {
  for (const bool clear : {false, true}) {
    Fixture fixture;
    auto& [loop, device, files] = fixture;
    std::vector<InodeNumber> inodes;
    for (const char* const name : {"a", "b", "c"}) {
      inodes.push_back(fixture.create(name));
      CHECK(fixture.write(inodes.back(), 0, 3000, *name).has_value());
      CHECK(run(loop, files->keep(inodes.back())).has_value());
      CHECK(run(loop, files->unlink(files->root(), name, false, kNow)).has_value());
    }
    CHECK(run(loop, files->sync(0, false)).has_value());
    // Without an unmount: the server crashed.
    fixture.mount({.read_only = false, .clear_orphans = clear});
    if (clear) {
      CHECK(run(loop, files->attributes(inodes[0])) == std::unexpected(Error::stale));
    } else {
      CHECK(test::read_all(loop, *files, inodes[1]) == std::string(3000, 'b'));
      CHECK(run(loop, files->keep(inodes[1])).has_value());
      for (const InodeNumber inode : {inodes[1], inodes[0], inodes[2]}) CHECK(run(loop, files->let_go(inode)).has_value());
      CHECK(run(loop, files->attributes(inodes[1])) == std::unexpected(Error::stale));
    }
    fixture.unmount_and_check();
  }
}

TEST(a_file_of_many_pieces_is_cut_off_and_removed) {
  Fixture fixture("-b 1024", 16384);
  auto& [loop, device, files] = fixture;
  const std::uint64_t before = fixture.free_blocks();
  const InodeNumber inode = fixture.create("pieces");
  // Every other block: an extent each, and a tree of several levels.
  for (std::uint64_t i = 0; i < 3000; ++i) CHECK(fixture.write(inode, i * 2048, 1024, 'p').has_value());
  CHECK_EQ(run(loop, files->seek(inode, 0, true)).value(), 1024u);
  CHECK_EQ(run(loop, files->seek(inode, 1025, false)).value(), 2048u);
  AttributeChange cut{.which = AttributeChange::kSize, .to = {}};
  cut.to.size = 2048 * 1500 + 10;
  CHECK(run(loop, files->change_attributes(inode, cut)).has_value());
  CHECK_EQ(test::read_all(loop, *files, inode).size(), cut.to.size);
  CHECK(run(loop, files->sync(0, false)).has_value());
  CHECK(run(loop, files->unlink(files->root(), "pieces", false, kNow)).has_value());
  CHECK_EQ(fixture.free_blocks(), before);
  fixture.unmount_and_check();
}

TEST(an_index_of_two_levels_finds_all) {
  Fixture fixture("-b 1024 -N 6000", 16384);
  auto& [loop, device, files] = fixture;
  const InodeNumber inode = fixture.create("target");
  const InodeNumber folder = fixture.create("folder", kFolder);
  const auto name_of = [](unsigned i) { return "a long name, so that few fit into a block: " + std::string(150, 'x') + std::to_string(i); };
  for (unsigned i = 0; i < 2000; ++i) CHECK(run(loop, files->link(inode, folder, name_of(i), kNow)).has_value());
  for (unsigned i = 0; i < 2000; ++i) CHECK(run(loop, files->lookup(folder, name_of(i))).has_value());
  CHECK(run(loop, files->lookup(folder, name_of(2001))) == std::unexpected(Error::not_found));
  CHECK(run(loop, files->sync(0, false)).has_value());
  test::write_file(test::scratch() + "/index.img", device.image());
  fixture.unmount_and_check();
  test::write_file(test::scratch() + "/index.img", device.image());
  CHECK(test::shell("debugfs -R 'htree_dump folder' " + test::scratch() + "/index.img").output.contains("Indirect levels: 1"));
}

TEST(positions_stay_while_names_come_and_go) {
  Fixture fixture("-b 1024 -N 6000", 16384);
  auto& [loop, device, files] = fixture;
  const InodeNumber inode = fixture.create("target");
  const InodeNumber folder = fixture.create("folder", kFolder);
  for (unsigned i = 0; i < 300; ++i) CHECK(run(loop, files->link(inode, folder, "stays" + std::to_string(i), kNow)).has_value());
  struct Few final : DirectorySink {
    std::vector<std::string> names;
    unsigned room = 0;
    bool add(const DirectoryEntry& entry) override {
      if (room == 0) return false;
      --room;
      names.emplace_back(entry.name);
      return true;
    }
  } sink;
  std::uint64_t position = 0;
  for (unsigned round = 0; round < 1000; ++round) {
    sink.room = 3;
    position = run(loop, files->read_directory(folder, position, sink)).value();
    if (sink.room == 3) break;
    // Leaves split, and entries move, all the time.
    for (unsigned i = 0; i < 10; ++i) {
      CHECK(run(loop, files->link(inode, folder, "comes" + std::to_string(round * 10 + i), kNow)).has_value());
      if (round > 3) CHECK(run(loop, files->unlink(folder, "comes" + std::to_string((round - 3) * 10 + i), false, kNow)).has_value());
    }
  }
  std::erase_if(sink.names, [](const std::string& name) { return !name.starts_with("stays"); });
  CHECK_EQ(sink.names.size(), 300u);
  std::ranges::sort(sink.names);
  CHECK(std::ranges::adjacent_find(sink.names) == sink.names.end());
  fixture.unmount_and_check();
}

TEST(errors_of_the_device_are_told_and_undone) {
  Fixture fixture;
  auto& [loop, device, files] = fixture;
  const InodeNumber inode = fixture.create("file");
  CHECK(fixture.write(inode, 0, 2000, 'e').has_value());
  CHECK(run(loop, files->sync(0, false)).has_value());
  device.fail_reads(0, device.image().size());
  std::array<std::byte, 2048> room{};
  const std::span<std::byte> piece(room);
  CHECK(run(loop, files->read(inode, 0, std::span(&piece, 1))) == std::unexpected(Error::io));
  device.fail_reads(0, 0);
  CHECK_EQ(run(loop, files->read(inode, 0, std::span(&piece, 1))).value(), 2000u);
  CHECK(!files->read_only());
  // The journal cannot be written: nothing can from then on.
  device.writes_left = 2;
  CHECK(fixture.write(inode, 1024 * 1024, 1000, 'f').has_value());
  CHECK(run(loop, files->sync(0, false)) == std::unexpected(Error::io));
  CHECK(files->read_only());
  CHECK(fixture.write(inode, 0, 1000, 'f') == std::unexpected(Error::read_only));
  CHECK(run(loop, files->unmount()) == std::unexpected(Error::io));
  device.writes_left = ~std::uint64_t{0};
  fixture.mount({});
  CHECK(test::read_all(loop, *files, inode) == std::string(2000, 'e'));
  fixture.unmount_and_check();
}

TEST(a_disk_that_makes_no_sense_becomes_read_only) {
  Fixture fixture("-b 1024 -O ^metadata_csum");
  auto& [loop, device, files] = fixture;
  const InodeNumber folder = fixture.create("folder", kFolder);
  CHECK(run(loop, files->create(folder, "name", file_of(kFile))).has_value());
  CHECK(run(loop, files->unmount()).has_value());
  // The length of the entry "." of that directory.
  const std::string path = test::scratch() + "/broken.img";
  test::write_file(path, device.image());
  const unsigned long block = std::stoul(test::shell("debugfs -R 'blocks folder' " + path + " 2>/dev/null | tail -1").output);
  device.image()[block * 1024 + 4] = std::byte{3};
  fixture.mount({});
  CHECK(run(loop, files->lookup(folder, "name")) == std::unexpected(Error::corrupt));
  CHECK(files->read_only());
  CHECK(run(loop, files->create(files->root(), "more", file_of(kFile))) == std::unexpected(Error::read_only));
  CHECK(run(loop, files->unmount()).has_value());
  test::write_file(path, device.image());
  CHECK(test::shell("dumpe2fs -h " + path).output.contains("clean with errors"));
}

TEST(what_is_not_supported_is_refused_with_a_reason) {
  const auto reason = [](const std::string& options, bool read_only) -> std::string {
    HostLoop loop;
    ImageDevice device(loop, test::make_image(options, 8192));
    const auto mounted = run(loop, ext4::mount(device, {.read_only = read_only, .clear_orphans = true}));
    return mounted ? "" : std::string(mounted.error().reason);
  };
  CHECK(reason("-O quota", false).contains("quota"));
  CHECK(reason("-O quota", true).empty());
  CHECK(reason("-O bigalloc", false).contains("bigalloc"));
  CHECK(reason("-O ea_inode", true).contains("feature"));
  CHECK(reason("-O encrypt", true).contains("feature"));
  CHECK(reason("-O mmp", false).contains("mmp"));
}

TEST(device_nodes_and_times_come_back) {
  Fixture fixture("-b 4096");
  auto& [loop, device, files] = fixture;
  NewInode what = file_of(0x21a4);
  what.device_major = 300, what.device_minor = 70'000;
  what.now = {.seconds = 15'000'000'000, .nanoseconds = 999'999'999};
  const auto made = run(loop, files->create(files->root(), "node", what));
  CHECK(made.has_value() && made->device_major == 300 && made->device_minor == 70'000);
  CHECK(made->modified == what.now && made->born == what.now);
  AttributeChange change{.which = AttributeChange::kModified | AttributeChange::kUid | AttributeChange::kMode, .to = {}};
  change.to.modified = {.seconds = -5, .nanoseconds = 3};
  change.to.uid = 100'000;
  change.to.mode = 0600;
  const auto changed = run(loop, files->change_attributes(made->inode, change));
  CHECK(changed.has_value() && changed->modified == change.to.modified && changed->uid == 100'000 && changed->mode == (0x2000 | 0600));
  fixture.unmount_and_check();
}

TEST(access_lists_come_back_and_shared_blocks_are_not_changed) {
  Fixture fixture("-b 1024 -I 128");
  auto& [loop, device, files] = fixture;
  const InodeNumber inode = fixture.create("file");
  // user::rw-, user:1000:r--, group::r--, mask::r--, other::---
  std::vector<std::byte> list(4 + 5 * 8);
  const std::array<std::array<std::uint32_t, 3>, 5> entries{{{1, 6, ~0u}, {2, 4, 1000}, {4, 4, ~0u}, {0x10, 4, ~0u}, {0x20, 0, ~0u}}};
  list[0] = std::byte{2};
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const std::size_t at = 4 + 8 * i;
    list[at] = static_cast<std::byte>(entries[i][0]);
    list[at + 2] = static_cast<std::byte>(entries[i][1]);
    for (std::size_t b = 0; b < 4; ++b) list[at + 4 + b] = static_cast<std::byte>(entries[i][2] >> 8 * b);
  }
  CHECK(run(loop, files->set_extended(inode, "system.posix_acl_access", list, 0, kNow)).has_value());
  std::vector<std::byte> back(list.size());
  CHECK_EQ(run(loop, files->get_extended(inode, "system.posix_acl_access", back)).value(), list.size());
  CHECK(back == list);
  CHECK(run(loop, files->set_extended(inode, "other.x", list, 0, kNow)) == std::unexpected(Error::unsupported));
  CHECK(run(loop, files->set_extended(inode, "user.x", list, kAttributeReplace, kNow)) == std::unexpected(Error::no_attribute));
  fixture.unmount_and_check();
}

TEST(many_tasks_at_a_time) {
  test::Random random("tasks");
  Fixture fixture("-b 1024", 16384);
  auto& [loop, device, files] = fixture;
  struct Worker {
    static rt::Task<> work(FileSystem& of, HostLoop& own, test::Random& chance, unsigned number, unsigned& done) {
      std::vector<std::byte> data(4096), back(4096);
      const std::span<std::byte> from(data), to(back);
      const std::string name = "file" + std::to_string(number), other = "other" + std::to_string(number);
      for (unsigned round = 0; round < 12; ++round) {
        const auto made = co_await of.create(of.root(), name, file_of(kFile));
        CHECK(made.has_value());
        if (!made) co_return;
        for (unsigned part = 0; part < 6; ++part) {
          std::ranges::fill(data, static_cast<std::byte>(number * 16 + part));
          const std::uint64_t offset = chance.below(40) * 4096;
          CHECK((co_await of.write(made->inode, offset, std::span(&from, 1), offset + 4096, kNow)).has_value());
          CHECK((co_await of.read(made->inode, offset, std::span(&to, 1))).has_value());
          CHECK(back == data);
          if (chance.one_in(5)) CHECK((co_await of.sync(made->inode, chance.one_in(2))).has_value());
          for (std::uint64_t turns = chance.below(4); turns > 0; --turns) (void)co_await own.turn();
        }
        CHECK((co_await of.rename(of.root(), name, of.root(), other, 0, kNow)).has_value());
        if (chance.one_in(3)) CHECK((co_await of.unlink(of.root(), other, false, kNow)).has_value());
      }
      ++done;
    }
  };
  unsigned done = 0;
  {
    rt::Scope scope(loop);
    for (unsigned i = 0; i < 16; ++i) scope.spawn(Worker::work(*files, loop, random, i, done));
    loop.settle();
  }
  CHECK_EQ(done, 16u);
  CHECK(!files->read_only());
  fixture.unmount_and_check();
}
