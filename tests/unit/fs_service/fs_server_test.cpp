// SPDX-License-Identifier: Apache-2.0
// The fs protocol over real file systems, asked by a client without tasks, as the personality is one; the
// server is another instance now and then.
#include "components/fs/service/fs_server.hpp"

#include <algorithm>
#include <cstdio>
#include <map>
#include <memory>
#include <string>

#include "components/fs/service/mounters.hpp"
#include "lib/ring/channel_client.hpp"
#include "tests/support/check.hpp"
#include "tests/unit/fs/image_device.hpp"
#include "tests/unit/fs/tools.hpp"
#include "tests/unit/fs_service/tables.hpp"
#include "tests/unit/lib/ring/random.hpp"
#include "tests/unit/lib/rt/life_loop.hpp"

using namespace tessera;
namespace wire = protocol::fs;
using Status = wire::Status;

namespace {

struct alignas(4096) Region {
  std::array<std::byte, 512 * 1024> bytes{};
};

struct Rung final : service::Peer {
  void ring() override { ++rings; }
  void changed(service::PeerState) override {}
  unsigned rings = 0;
};

// One instance of the program, as far as it needs no nucleus.
struct Life {
  Life(Region& region, std::span<const std::span<std::byte>> pools, std::vector<std::byte> image)
      : device(loop, std::move(image), 8 << 20),
        mounts(device, device.memory(), fs::mounters()),
        handler(mounts),
        server(loop, std::move(ring::ChannelServer::attach(region.bytes, wire::kEntries, wire::kHash, pools).value()), peer, 0, handler),
        scope(loop) {
    const test::LifeLoop::Inside inside(loop);
    scope.spawn(server.run());
  }
  test::LifeLoop loop;
  test::ImageDevice device;
  fs::Mounts mounts;
  fs::FsServer handler;
  Rung peer;
  service::Server<wire::Protocol, fs::FsServer> server;
  rt::Scope scope;
};

class World {
 public:
  explicit World(std::vector<std::byte> image) : client_(attach()) { begin(std::move(image)); }
  World(const World&) = delete;
  World& operator=(const World&) = delete;
  ~World() {
    forget();
    static auto& gone = *new std::vector<std::pair<std::unique_ptr<Region>, std::unique_ptr<Region>>>;
    gone.emplace_back(std::move(region_), std::move(shared_));
  }
  // The server is killed where it stands, and the next has the disk as it is.
  void restart() {
    auto image = std::move(life_->device.image());
    forget();
    begin(std::move(image));
  }
  void restart_client() { client_ = attach(); }
  [[nodiscard]] std::vector<std::byte>& image() { return life_->device.image(); }
  [[nodiscard]] ring::ChannelClient& client() { return client_; }
  [[nodiscard]] std::span<std::byte> own() { return client_.pool(); }
  [[nodiscard]] std::span<std::byte> shared() { return shared_->bytes; }
  Life& life() { return *life_; }

  // A little further.
  void step(std::size_t turns = 1000) {
    if (client_.flush()) life_->loop.deliver(1);
    (void)life_->loop.run(turns);
  }

  // Of ask(): the server is killed after so many turns of its loop.
  unsigned kill_after = ~0u;
  // Whether it was; and no more.
  unsigned killed() { return std::exchange(kill_after, ~0u) != ~0u ? 1 : 0; }

  template <typename R>
  struct Got {
    Status status{};
    std::uint32_t bytes = 0;
    typename R::Answer results{};
    [[nodiscard]] bool ok() const { return status == Status{}; }
  };
  template <typename R>
  Got<R> ask(const R& typed, const ring::Buffer& buffer = {}, std::uint16_t flags = 0, std::uint32_t data_bytes = 0) {
    ring::Request request = ring::request_for(typed, buffer);
    request.flags = flags;
    request.resends = 100;
    request.data_bytes = data_bytes;
    CHECK(client_.submit(request).has_value());
    for (unsigned i = 0; i < 10'000; ++i) {
      step(kill_after == ~0u ? 1000 : 1);
      if (i == kill_after) restart();
      const auto answer = client_.take();
      if (!answer) return {.status = static_cast<Status>(999)};
      if (!*answer) continue;
      CHECK(!(*answer)->lost);
      answer_ = {};
      if constexpr (requires { typename R::OutBuffer; }) {
        if ((*answer)->bytes >= sizeof(typename R::OutBuffer)) answer_ = ring::answer_part<R>(*client_.pools().part(buffer), sizeof(typename R::OutBuffer));
      }
      return {.status = static_cast<Status>((*answer)->status), .bytes = (*answer)->bytes, .results = *R::Answer::of_words((*answer)->results)};
    }
    CHECK(false && "no answer");
    return {.status = static_cast<Status>(998)};
  }
  // The buffer from the beginning of the own pool, with this text in it.
  ring::Buffer text(std::string_view what, std::uint32_t bytes = 256) {
    std::ranges::copy(std::as_bytes(std::span(what)), own().begin());
    return {.offset = 0, .bytes = bytes};
  }
  template <typename T>
  T answered() {
    return ring::load_struct<T>(answer_);
  }
  std::uint64_t find(std::uint64_t directory, std::string_view name, std::uint16_t flags = 0) {
    const auto got = ask(wire::LookupRequest{.directory = directory, .name_bytes = static_cast<std::uint32_t>(name.size())}, text(name), flags);
    return got.ok() ? answered<wire::Attributes>().inode : 0;
  }

 private:
  ring::ChannelClient attach() {
    return std::move(ring::ChannelClient::attach(region_->bytes, wire::kEntries, wire::kHash, pools_).value());
  }
  void begin(std::vector<std::byte> image) { life_ = std::make_unique<Life>(*region_, pools_, std::move(image)); }
  void forget() {
    static auto& gone = *new std::vector<std::unique_ptr<Life>>;
    gone.push_back(std::move(life_));
  }

  std::unique_ptr<Region> region_ = std::make_unique<Region>(), shared_ = std::make_unique<Region>();
  std::array<std::span<std::byte>, 1> pools_{shared_->bytes};
  std::unique_ptr<Life> life_;
  std::span<std::byte> answer_;
  ring::ChannelClient client_;
};

constexpr std::uint16_t kReadOnly = wire::kMountReadOnly;
constexpr std::uint32_t kPage = 4096;

std::byte letter(std::uint64_t offset) { return static_cast<std::byte>('a' + offset / 7 % 26); }

// An ext4 with a file, a directory of 100 names, a symbolic link and an extended attribute.
std::vector<std::byte> image() {
  static const std::vector<std::byte> made = [] {
    const std::string root = test::scratch() + "/served";
    std::vector<std::byte> contents(100'000);
    std::size_t at = 0;
    for (std::byte& byte : contents) byte = letter(at++);
    CHECK_EQ(test::shell("mkdir -p " + root + "/many && ln -s to/nowhere " + root + "/link && for i in $(seq 100); do : > " + root +
                         "/many/name$i; done")
                 .status,
             0);
    test::write_file(root + "/letters", contents);
    auto result = test::make_image("-t ext4 -L served", 16384, root);
    const std::string file = test::scratch() + "/served.img";
    test::write_file(file, result);
    CHECK_EQ(test::shell("debugfs -w -R 'ea_set /letters user.colour green' " + file).status, 0);
    return test::read_file(file);
  }();
  return made;
}

// The same in the second partition of a GPT.
std::vector<std::byte> parted() {
  const auto files = image();
  std::vector<std::byte> disk(files.size() + (2 << 20));
  const std::uint64_t sectors = disk.size() / 512;
  const std::array<test::GptEntry, 2> entries{{{64, 127}, {2048, 2048 + files.size() / 512 - 1}}};
  test::put_mbr(disk, 0, 0, 0xee, 1, static_cast<std::uint32_t>(sectors - 1));
  test::put_gpt(disk, 1, 2, entries);
  test::put_gpt(disk, sectors - 1, sectors - 33, entries);
  std::ranges::copy(files, std::span(disk).subspan(2048 * 512).begin());
  return disk;
}

}  // namespace

TEST(the_disk_and_its_parts) {
  World world(parted());
  CHECK(world.ask(wire::DescribeRequest{}, {.bytes = 4096}).ok());
  const auto disk = world.answered<wire::Disk>();
  CHECK_EQ(disk.bytes, parted().size());
  CHECK(disk.table == 2 && disk.parts == 2 && disk.sector_bytes == 512);
  const auto part = ring::load_struct<wire::Part>(world.own().subspan(sizeof disk + sizeof(wire::Part)));
  CHECK(part.number == 2 && part.first == 1 << 20 && part.bytes == image().size() && part.type.front() == 2);
  // With room for one part, and of a part.
  const auto less = world.ask(wire::DescribeRequest{}, {.bytes = sizeof(wire::Disk) + sizeof(wire::Part) + 8});
  CHECK_EQ(less.bytes, sizeof(wire::Disk) + sizeof(wire::Part));
  CHECK(world.ask(wire::DescribeRequest{}, {.bytes = 4096}, 1).ok());
  CHECK_EQ(world.answered<wire::Disk>().bytes, 64u * 512);
  CHECK(world.ask(wire::DescribeRequest{}, {.bytes = 4096}, 3).status == Status::no_device);
}

TEST(mounting_says_what_is_there) {
  World world(parted());
  CHECK(world.ask(wire::MountRequest{}, {.bytes = 4096}, 2 | kReadOnly).ok());
  const auto mounted = world.answered<wire::Mounted>();
  CHECK(mounted.root == 2 && mounted.kind == wire::kKindExt4 && mounted.read_only == 1 && mounted.longest_name == 255);
  CHECK_EQ(std::string(reinterpret_cast<const char*>(mounted.label.data())), "served");
  CHECK(std::ranges::any_of(mounted.uuid, [](std::uint8_t byte) { return byte != 0; }));
  CHECK(world.ask(wire::SpaceRequest{}, {.bytes = 4096}, 2 | kReadOnly).ok());
  const auto space = world.answered<wire::Space>();
  CHECK(space.blocks > space.free_blocks && space.free_blocks > 0 && space.longest_name == 255);
  // A part that is empty, one that is not there, a kind that is not, a kind that is not served, flags that make no sense.
  CHECK(world.ask(wire::MountRequest{}, {.bytes = 4096}, 1 | kReadOnly).status == Status::unsupported);
  CHECK(world.ask(wire::MountRequest{}, {.bytes = 4096}, 7 | kReadOnly).status == Status::no_device);
  CHECK(world.ask(wire::MountRequest{}, {.bytes = 4096}, 1 | 1 << wire::kKindShift | kReadOnly).status == Status::unsupported);
  CHECK(world.ask(wire::MountRequest{}, {.bytes = 4096}, 1 | 2 << wire::kKindShift | kReadOnly).status == Status::unsupported);
  CHECK(world.ask(wire::MountRequest{}, {.bytes = 4096}, 2 | 2 << wire::kKindShift | kReadOnly).status == Status::exists);
  CHECK(world.ask(wire::MountRequest{}, {.bytes = 4096}, 2 | 15 << wire::kKindShift).status == Status::invalid);
  // The whole disk lies over what is mounted.
  CHECK(world.ask(wire::MountRequest{}, {.bytes = 4096}, kReadOnly).status == Status::exists);
  CHECK(world.ask(wire::UnmountRequest{}, {}, 2 | kReadOnly).ok());
  CHECK(world.ask(wire::MountRequest{}, {.bytes = 4096}, kReadOnly).status == Status::unsupported);
}

TEST(names_attributes_and_links) {
  World world(image());
  const std::uint64_t letters = world.find(2, "letters", kReadOnly);
  CHECK(letters != 0);
  CHECK(world.ask(wire::AttributesRequest{.inode = letters}, {.bytes = 4096}, kReadOnly).ok());
  const auto attributes = world.answered<wire::Attributes>();
  CHECK(attributes.size == 100'000 && attributes.inode == letters && (attributes.mode & 0xf000) == 0x8000 && attributes.links == 1);
  CHECK(world.ask(wire::LookupRequest{.directory = 2, .name_bytes = 4}, world.text("nope"), kReadOnly).status == Status::not_found);
  CHECK(world.ask(wire::LookupRequest{.directory = letters, .name_bytes = 4}, world.text("nope"), kReadOnly).status == Status::not_directory);
  CHECK(world.ask(wire::AttributesRequest{.inode = 4000}, {.bytes = 4096}, kReadOnly).status == Status::stale);
  const auto link = world.ask(wire::ReadLinkRequest{.inode = world.find(2, "link", kReadOnly)}, {.bytes = 100}, kReadOnly);
  CHECK_EQ(link.bytes, 10u);
  CHECK(std::ranges::equal(world.own().first(10), std::as_bytes(std::span(std::string_view("to/nowhere")))));
}

TEST(names_that_are_none_are_refused) {
  World world(image());
  const auto lookup = [&](std::string_view name, std::uint32_t name_bytes, std::uint32_t bytes) {
    return world.ask(wire::LookupRequest{.directory = 2, .name_bytes = name_bytes}, world.text(name, bytes), kReadOnly).status;
  };
  CHECK(lookup("a/b", 3, 256) == Status::invalid);
  CHECK(lookup(std::string_view("a\0b", 3), 3, 256) == Status::invalid);
  CHECK(lookup("letters", 256, 4096) == Status::name_too_long);
  CHECK(lookup("letters", ~0u, 256) == Status::name_too_long);
  CHECK(lookup("letters", 250, 200) == Status::invalid);
}

TEST(a_directory_in_pieces) {
  test::Random random("positions");
  World world(image());
  const std::uint64_t many = world.find(2, "many", kReadOnly);
  for (const std::uint32_t room : {40u, 100u, 4096u, 65536u}) {
    std::map<std::string, unsigned> names;
    std::uint64_t position = 0;
    for (;;) {
      const auto got = world.ask(wire::ReadDirectoryRequest{.directory = many, .position = position}, {.bytes = room}, kReadOnly);
      CHECK(got.ok());
      if (!got.ok() || got.bytes == 0) break;
      std::uint64_t next = position;
      CHECK(got.bytes <= room);
      for (std::size_t at = 0; at < got.bytes;) {
        const auto head = ring::load_struct<wire::DirectoryEntry>(world.own().subspan(at));
        std::string name(head.name_bytes, '\0');
        ring::load_bytes(world.own().subspan(at + sizeof head, name.size()), std::as_writable_bytes(std::span(name)));
        ++names[name];
        CHECK(head.inode != 0 && head.type == 0x8000);
        at += sizeof head + (name.size() + 7) / 8 * 8;
        next = head.next_position;
      }
      // Either leads on behind the last entry.
      position = random.one_in(2) ? next : got.results.position;
    }
    CHECK_EQ(names.size(), 100u);
    for (const auto& [name, count] : names) CHECK(count == 1 && name.starts_with("name"));
  }
  CHECK(world.ask(wire::ReadDirectoryRequest{.directory = many}, {.bytes = 24}, kReadOnly).status == Status::buffer_too_small);
}

TEST(contents_in_pieces_of_a_shared_pool) {
  World world(image());
  const std::uint64_t letters = world.find(2, "letters", kReadOnly);
  const auto list = ring::shared_in<ring::Piece>(world.own(), 3);
  list[0].store({.pool = 1, .offset = kPage, .bytes = kPage});
  list[1].store({.pool = 0, .offset = 2 * kPage, .bytes = 512});
  list[2].store({.pool = 1, .offset = 0, .bytes = 512});
  const ring::Buffer pieces{.bytes = 48, .form = ring::Form::pieces};
  auto got = world.ask(wire::ReadRequest{.inode = letters, .offset = 8192}, pieces, kReadOnly, kPage + 1024);
  CHECK(got.ok() && got.bytes == kPage + 1024);
  for (std::uint64_t i = 0; i < kPage; ++i) CHECK(world.shared()[kPage + i] == letter(8192 + i));
  CHECK(world.own()[2 * kPage + 1] == letter(8192 + kPage + 1) && world.shared()[511] == letter(8192 + kPage + 1023));
  // The end of the file, and behind it.
  got = world.ask(wire::ReadRequest{.inode = letters, .offset = 98304}, {.offset = kPage, .bytes = kPage}, kReadOnly);
  CHECK(got.ok() && got.bytes == 100'000 - 98304);
  CHECK(world.own()[kPage + got.bytes] == std::byte{0});
  got = world.ask(wire::ReadRequest{.inode = letters, .offset = 1 << 20}, {.offset = kPage, .bytes = kPage}, kReadOnly);
  CHECK(got.ok() && got.bytes == 0);
  // What is no sector.
  CHECK(world.ask(wire::ReadRequest{.inode = letters, .offset = 1}, {.bytes = kPage}, kReadOnly).status == Status::invalid);
  CHECK(world.ask(wire::ReadRequest{.inode = letters, .offset = 0}, {.bytes = 100}, kReadOnly).status == Status::invalid);
  CHECK(world.ask(wire::ReadRequest{.inode = letters, .offset = 0}, {.bytes = 0}, kReadOnly).status == Status::invalid);
  CHECK_EQ(world.ask(wire::SeekRequest{.inode = letters, .offset = 5, .hole = 1}, {}, kReadOnly).results.offset, 100'000u);
}

TEST(extended_attributes) {
  World world(image());
  const std::uint64_t letters = world.find(2, "letters", kReadOnly);
  const auto get = [&](std::uint32_t room, std::uint32_t bytes = 256) {
    return world.ask(wire::GetExtendedRequest{.inode = letters, .name_bytes = 11, .room = room}, world.text("user.colour", bytes), kReadOnly);
  };
  auto got = get(256);
  CHECK(got.ok() && got.bytes == 5 && got.results.value_bytes == 5);
  CHECK(std::ranges::equal(world.own().first(5), std::as_bytes(std::span(std::string_view("green")))));
  got = get(0);
  CHECK(got.ok() && got.bytes == 0 && got.results.value_bytes == 5);
  CHECK(get(4).status == Status::buffer_too_small);
  CHECK(get(300).status == Status::invalid);
  const auto listed = world.ask(wire::ListExtendedRequest{.inode = letters}, {.bytes = 100}, kReadOnly);
  CHECK(listed.ok() && listed.results.list_bytes == 12);
  CHECK_EQ(world.ask(wire::ListExtendedRequest{.inode = letters}, {}, kReadOnly).results.list_bytes, 12u);
}

TEST(who_mounted_to_read_changes_nothing) {
  World world(image());
  const std::uint64_t letters = world.find(2, "letters", kReadOnly);
  const auto before = world.image();
  std::ranges::fill(world.own().first(4096), std::byte{0});
  CHECK(world.ask(wire::ChangeAttributesRequest{.inode = letters}, {.bytes = 4096}, kReadOnly).status == Status::read_only);
  std::ranges::fill(world.own().first(4096), std::byte{0});
  CHECK(world.ask(wire::CreateRequest{.directory = 2, .name_bytes = 0}, {.bytes = 4096}, kReadOnly).status == Status::read_only);
  CHECK(world.ask(wire::UnlinkRequest{.directory = 2, .name_bytes = 7}, world.text("letters"), kReadOnly).status == Status::read_only);
  CHECK(world.ask(wire::WriteRequest{.inode = letters}, {.bytes = 4096}, kReadOnly).status == Status::read_only);
  CHECK(world.ask(wire::DeviceWriteRequest{.offset = 0}, {.bytes = 512}, kReadOnly).status == Status::read_only);
  // Nor does anybody write to the disk below.
  CHECK(world.ask(wire::DeviceWriteRequest{.offset = 0}, {.bytes = 512}).status == Status::read_only);
  CHECK(world.ask(wire::UnmountRequest{}, {}, kReadOnly).ok());
  CHECK(world.image() == before);
}

TEST(the_disk_itself_is_read_and_written) {
  World world(parted());
  CHECK(world.ask(wire::DeviceReadRequest{.offset = 512}, {.bytes = 512}).ok());
  CHECK(std::ranges::equal(world.own().first(8), std::as_bytes(std::span(std::string_view("EFI PART")))));
  // Of a part, from its own beginning; not over its end.
  std::ranges::fill(world.own().first(1024), std::byte{9});
  CHECK(world.ask(wire::DeviceWriteRequest{.offset = 512, .durable = 1}, {.bytes = 1024}, 1).bytes == 1024);
  CHECK(world.image().at(65 * 512) == std::byte{9} && world.image().at(67 * 512) == std::byte{0});
  CHECK(world.ask(wire::DeviceWriteRequest{.offset = 63 * 512, .durable = 0}, {.bytes = 1024}, 1).status == Status::invalid);
  CHECK(world.ask(wire::DeviceReadRequest{.offset = ~0ull - 511}, {.bytes = 512}, 1).status == Status::invalid);
  CHECK(world.ask(wire::DeviceReadRequest{.offset = 100}, {.bytes = 512}).status == Status::invalid);
  CHECK(world.ask(wire::DeviceFlushRequest{}).ok());
  // Another table is seen.
  std::ranges::fill(world.own().first(512), std::byte{0});
  CHECK(world.ask(wire::DeviceWriteRequest{.offset = 0, .durable = 0}, {.bytes = 512}).ok());
  CHECK(world.ask(wire::DescribeRequest{}, {.bytes = 4096}).ok());
  CHECK(world.answered<wire::Disk>().table == 0);
}

namespace {

constexpr std::uint32_t kFile = 0x81a4, kFolder = 0x41ed;

// Makes a file or a folder; 0: it could not be.
std::uint64_t create(World& world, std::uint64_t directory, std::string_view name, std::uint32_t mode, Status* why = nullptr) {
  ring::store_struct(world.own(), wire::NewInode{.mode = mode, .uid = 1, .gid = 2, .now = {.seconds = 1'700'000'000}});
  std::ranges::copy(std::as_bytes(std::span(name)), world.own().subspan(sizeof(wire::NewInode)).begin());
  const auto got = world.ask(wire::CreateRequest{.directory = directory, .name_bytes = static_cast<std::uint32_t>(name.size())}, {.bytes = 4096});
  if (why != nullptr) *why = got.status;
  return got.ok() ? world.answered<wire::Attributes>().inode : 0;
}

// One page, all of this letter.
Status write_page(World& world, std::uint64_t inode, std::uint64_t offset, char what, std::uint64_t size) {
  std::ranges::fill(world.shared().first(kPage), static_cast<std::byte>(what));
  return world.ask(wire::WriteRequest{.inode = inode, .offset = offset, .size = size, .seconds = 1'700'000'001}, {.bytes = kPage, .pool = 1}).status;
}
std::string read_page(World& world, std::uint64_t inode, std::uint64_t offset) {
  std::ranges::fill(world.shared().first(kPage), std::byte{1});
  const auto got = world.ask(wire::ReadRequest{.inode = inode, .offset = offset}, {.bytes = kPage, .pool = 1});
  if (!got.ok()) return std::string(name(got.status));
  std::string text(got.bytes, '\0');
  std::ranges::copy(world.shared().first(got.bytes), std::as_writable_bytes(std::span(text)).begin());
  return text;
}
wire::Attributes attributes(World& world, std::uint64_t inode) {
  const auto got = world.ask(wire::AttributesRequest{.inode = inode}, {.bytes = 4096});
  return got.ok() ? world.answered<wire::Attributes>() : wire::Attributes{};
}

}  // namespace

TEST(files_are_made_changed_and_taken_away) {
  World world(image());
  CHECK(world.ask(wire::MountRequest{}, {.bytes = 4096}).ok());
  const std::uint64_t folder = create(world, 2, "folder", kFolder), file = create(world, folder, "file", kFile);
  CHECK(folder != 0 && file != 0);
  Status why{};
  CHECK(create(world, folder, "file", kFile, &why) == 0 && why == Status::exists);
  CHECK(write_page(world, file, 0, 'x', 1000) == Status{});
  CHECK(read_page(world, file, 0) == std::string(1000, 'x'));
  CHECK(write_page(world, file, 3 * kPage, 'y', 3 * kPage + 5) == Status{});
  CHECK_EQ(attributes(world, file).size, 3u * kPage + 5);
  CHECK_EQ(world.ask(wire::SeekRequest{.inode = file, .offset = 0, .hole = 1}).results.offset, 1024u);
  // Another name, an attribute, another size.
  CHECK(world.ask(wire::LinkRequest{.inode = file, .directory = 2, .seconds = 5, .name_bytes = 5}, world.text("other")).ok());
  CHECK(world.find(2, "other") == file && attributes(world, file).links == 2);
  CHECK(world.ask(wire::RenameRequest{.from = 2, .to = folder, .name_bytes = 5, .to_name_bytes = 5}, world.text("othermoved")).ok());
  CHECK(world.find(2, "other") == 0 && world.find(folder, "moved") == file);
  CHECK(world.ask(wire::RenameRequest{.from = folder, .to = folder, .how = 8, .name_bytes = 5, .to_name_bytes = 5}, world.text("movedagain")).status == Status::invalid);
  CHECK(world.ask(wire::SetExtendedRequest{.inode = file, .name_bytes = 6, .value_bytes = 3}, world.text("user.ared")).ok());
  CHECK(world.ask(wire::GetExtendedRequest{.inode = file, .name_bytes = 6, .room = 100}, world.text("user.a")).bytes == 3);
  CHECK(world.ask(wire::RemoveExtendedRequest{.inode = file, .name_bytes = 6}, world.text("user.a")).ok());
  ring::store_struct(world.own(), wire::AttributeChange{.which = wire::kChangeSize | wire::kChangeMode, .mode = 0x8180, .size = 10});
  CHECK(world.ask(wire::ChangeAttributesRequest{.inode = file}, {.bytes = 4096}).ok());
  CHECK(world.answered<wire::Attributes>().size == 10 && attributes(world, file).mode == 0x8180);
  // A symbolic link whose target lies behind the name.
  ring::store_struct(world.own(), wire::NewInode{.mode = 0xa1ff});
  std::ranges::copy(std::as_bytes(std::span(std::string_view("linktarget"))), world.own().subspan(sizeof(wire::NewInode)).begin());
  CHECK(world.ask(wire::CreateRequest{.directory = folder, .name_bytes = 4, .target_bytes = 6}, {.bytes = 4096}).ok());
  const auto link = world.ask(wire::ReadLinkRequest{.inode = world.answered<wire::Attributes>().inode}, {.bytes = 100});
  CHECK(link.bytes == 6 && world.own()[0] == std::byte{'t'});
  CHECK(world.ask(wire::UnlinkRequest{.directory = 2, .name_bytes = 6, .is_directory = 1}, world.text("folder")).status == Status::not_empty);
  CHECK(world.ask(wire::UnlinkRequest{.directory = folder, .name_bytes = 4, .is_directory = 0}, world.text("file")).ok());
  CHECK(world.ask(wire::SyncRequest{.inode = 0}).ok());
  CHECK(world.ask(wire::UnmountRequest{}).ok());
  CHECK_EQ(test::check_image(world.image()), "");
  const std::string path = test::scratch() + "/changed.img";
  test::write_file(path, world.image());
  CHECK_EQ(test::shell("debugfs -R 'cat /folder/moved' " + path + " 2>/dev/null | grep -o x*").output, "xxxxxxxxxx\n");
}

TEST(a_file_without_names_stays_while_it_is_kept_also_across_servers) {
  World world(image());
  CHECK(world.ask(wire::MountRequest{}, {.bytes = 4096}).ok());
  const std::uint64_t file = create(world, 2, "open", kFile);
  CHECK(write_page(world, file, 0, 'k', kPage) == Status{});
  CHECK(world.ask(wire::KeepRequest{.inode = file}).ok());
  CHECK(world.ask(wire::UnlinkRequest{.directory = 2, .name_bytes = 4}, world.text("open")).ok());
  CHECK(read_page(world, file, 0) == std::string(kPage, 'k'));
  CHECK(world.ask(wire::SyncRequest{.inode = 0}).ok());
  for (unsigned i = 0; i < 2; ++i) {
    const std::uint64_t sessions = world.client().sessions();
    world.restart();
    CHECK(world.ask(wire::KeepRequest{.inode = file}).ok());
    CHECK_EQ(world.client().sessions(), sessions + 1);
    CHECK(read_page(world, file, 0) == std::string(kPage, 'k'));
    // Of the same client: nothing is cleared.
    CHECK(world.ask(wire::MountRequest{}, {.bytes = 4096}).ok());
    CHECK(read_page(world, file, 0) == std::string(kPage, 'k'));
  }
  CHECK(world.ask(wire::LetGoRequest{.inode = file}).ok());
  CHECK_EQ(read_page(world, file, 0), "stale");
  CHECK(world.ask(wire::UnmountRequest{}).ok());
  CHECK_EQ(test::check_image(world.image()), "");
}

TEST(a_client_that_begins_anew_keeps_nothing) {
  World world(image());
  CHECK(world.ask(wire::MountRequest{}, {.bytes = 4096}).ok());
  const std::uint64_t file = create(world, 2, "open", kFile);
  CHECK(world.ask(wire::KeepRequest{.inode = file}).ok());
  CHECK(world.ask(wire::UnlinkRequest{.directory = 2, .name_bytes = 4}, world.text("open")).ok());
  world.restart_client();
  CHECK_EQ(attributes(world, file).inode, file);
  CHECK(world.ask(wire::MountRequest{}, {.bytes = 4096}).ok());
  CHECK_EQ(attributes(world, file).inode, 0u);
  CHECK(world.ask(wire::UnmountRequest{}).ok());
  CHECK_EQ(test::check_image(world.image()), "");
}

TEST(what_was_mounted_to_read_is_mounted_to_write) {
  World world(image());
  const std::uint64_t letters = world.find(2, "letters", kReadOnly);
  CHECK(world.ask(wire::KeepRequest{.inode = letters}, {}, kReadOnly).ok());
  CHECK(world.ask(wire::UnlinkRequest{.directory = 2, .name_bytes = 7}, world.text("letters")).ok());
  CHECK_EQ(read_page(world, letters, 0).size(), kPage);
  // Who only reads is served by it, too.
  CHECK(world.find(2, "many", kReadOnly) != 0);
  CHECK(world.ask(wire::LetGoRequest{.inode = letters}).ok());
  CHECK_EQ(read_page(world, letters, 0), "stale");
}

// Files are written while the server is killed again and again. What was answered before a sync is there.
TEST(what_was_synced_is_there_however_often_the_server_is_killed) {
  test::Random random("killed server of writers");
  World world(image());
  CHECK(world.ask(wire::MountRequest{}, {.bytes = 4096}).ok());
  unsigned kills = 0;
  for (unsigned number = 0; number < 120; ++number) {
    const std::string name = "w" + std::to_string(number);
    const auto maybe_kill = [&] {
      if (!random.one_in(4)) return;
      ++kills;
      world.restart();
    };
    // Sent, and killed somewhere on the way, so it may be done twice.
    world.kill_after = random.one_in(3) ? static_cast<unsigned>(random.below(30)) : ~0u;
    Status why{};
    if (create(world, 2, name, kFile, &why) == 0) CHECK(why == Status::exists);
    kills += world.killed();
    const std::uint64_t inode = world.find(2, name);
    // What is not synced goes with the server, as it does with the power.
    CHECK(world.ask(wire::SyncRequest{.inode = 0}).ok());
    maybe_kill();
    world.kill_after = random.one_in(3) ? static_cast<unsigned>(random.below(30)) : ~0u;
    CHECK(write_page(world, inode, 0, static_cast<char>('a' + number % 26), kPage) == Status{});
    kills += world.killed();
    CHECK(world.ask(wire::SyncRequest{.inode = inode}).ok());
    maybe_kill();
  }
  world.restart();
  for (unsigned number = 0; number < 120; ++number) {
    CHECK(read_page(world, world.find(2, "w" + std::to_string(number)), 0) == std::string(kPage, static_cast<char>('a' + number % 26)));
  }
  CHECK(world.ask(wire::UnmountRequest{}).ok());
  CHECK_EQ(test::check_image(world.image()), "");
  std::printf("killed %u times\n", kills);
  CHECK(kills > 20);
}

// Reads are under way when the server is killed; the next one mounts for what it is asked for first.
TEST(a_server_that_is_killed_is_not_noticed) {
  test::Random random("killed server of files");
  World world(image());
  const std::uint64_t letters = world.find(2, "letters", kReadOnly);
  std::map<std::uint64_t, std::uint64_t> under_way;  // place in the shared pool -> offset
  unsigned answered = 0, kills = 0;
  const auto take = [&] {
    while (const auto answer = world.client().take().value()) {
      CHECK(!answer->lost && answer->status == 0);
      const auto asked = under_way.extract(answer->cookie);
      CHECK(!asked.empty());
      if (asked.empty()) continue;
      ++answered;
      for (std::uint64_t i = 0; i < answer->bytes; i += 509) CHECK(world.shared()[asked.key() + i] == letter(asked.mapped() + i));
    }
  };
  for (unsigned step = 0; step < 4000; ++step) {
    const std::uint64_t place = random.below(100) * kPage, offset = random.below(25) * kPage;
    if (!under_way.contains(place) && !world.client().full()) {
      auto request = ring::request_for(wire::ReadRequest{.inode = letters, .offset = offset},
                                       {.offset = static_cast<std::uint32_t>(place), .bytes = kPage, .pool = 1});
      request.flags = kReadOnly;
      request.resends = 1000;
      request.cookie = place;
      CHECK(world.client().submit(request).has_value());
      under_way[place] = offset;
    }
    world.step(random.below(6));
    if (random.one_in(4)) take();
    if (random.one_in(100)) {
      ++kills;
      world.restart();
    }
  }
  for (unsigned i = 0; i < 1000 && !under_way.empty(); ++i) {
    world.step();
    take();
  }
  CHECK(under_way.empty());
  std::printf("killed %u times, %u reads\n", kills, answered);
  CHECK(kills > 10 && answered > 1000);
}

// Any operation with any words: an answer each, or a client that is dropped; and nothing worse.
TEST(requests_of_any_words_harm_nobody) {
  test::Random random("any requests");
  World world(image());
  unsigned answered = 0, dropped = 0;
  for (unsigned round = 0; round < 4000; ++round) {
    ring::Request request{.operation = static_cast<std::uint16_t>(random.below(27) + 1),
                          .flags = static_cast<std::uint16_t>(random.one_in(20) ? random.next() & 0x1fff : kReadOnly)};
    for (auto& word : request.arguments) word = random.one_in(2) ? random.below(20) : random.one_in(2) ? 0 : random.next();
    request.buffer = {.offset = static_cast<std::uint32_t>(random.below(64) * 8), .bytes = static_cast<std::uint32_t>(random.below(3000))};
    if (random.one_in(4)) request.buffer.bytes = random.one_in(2) ? 0 : 4096;
    if (random.one_in(4)) request.buffer.form = ring::Form::pieces;
    for (std::byte& byte : world.own().first(256)) byte = static_cast<std::byte>(random.below(20));
    CHECK(world.client().submit(request).has_value());
    for (unsigned i = 0; i < 10; ++i) {
      world.step();
      const auto answer = world.client().take();
      if (!answer || !*answer) continue;
      ++answered;
      break;
    }
    if (world.client().outstanding() == 0) continue;
    ++dropped;
    world.restart_client();
  }
  CHECK(answered > 100 && dropped > 100);
  const std::uint64_t letters = world.find(2, "letters", kReadOnly);
  CHECK(letters != 0);
}
