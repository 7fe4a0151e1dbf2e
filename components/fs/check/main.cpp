// SPDX-License-Identifier: Apache-2.0
// A client of the program fs: reads all files of a part, and writes one. See README.md.
#include <abi/protocols/fs.hpp>
#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "lib/format/manifest.hpp"
#include "lib/rt/component.hpp"
#include "lib/rt/executor.hpp"
#include "lib/rt/log.hpp"
#include "lib/rt/panic.hpp"
#include "lib/service/client.hpp"
#include "lib/service/granted.hpp"

namespace {

using namespace tessera;
namespace wire = protocol::fs;
using Client = service::Client<wire::Protocol>;

constexpr std::uint32_t kNames = 4096, kList = 65536;  // where in the own pool what is asked for, and entries, lie
constexpr std::uint32_t kPieceBytes = 65536;           // of the shared pool
constexpr std::uint16_t kResends = 1000;
constexpr std::uint32_t kFile = 0x8000, kFolder = 0x4000, kType = 0xf000;

class Check {
 public:
  Check(Client& client, std::uint16_t flags) : client_(client), flags_(flags) {}

  rt::Task<> run(std::string_view write) {
    if (!co_await ask(wire::MountRequest{}, names())) co_return;
    const auto mounted = ring::load_struct<wire::Mounted>(memory(names()));
    rt::log("mounted: kind {}, blocks of {} bytes{}", mounted.kind, mounted.block_bytes, mounted.read_only != 0 ? ", read-only" : "");
    std::vector<std::uint64_t> folders{mounted.root};
    while (!folders.empty() && good_) {
      const std::uint64_t folder = folders.back();
      folders.pop_back();
      co_await list(folder, folders);
    }
    rt::log("{} files, {} folders, {} bytes, sum {}", files_, folders_, bytes_, sum_);
    if (!write.empty() && good_) co_await write_file(mounted.root, write);
    (void)co_await ask(wire::UnmountRequest{}, {});
  }
  [[nodiscard]] bool good() const { return good_; }

 private:
  static ring::Buffer names() { return {.offset = 0, .bytes = kNames}; }
  std::span<std::byte> memory(const ring::Buffer& buffer) { return *client_.pools().part(buffer); }

  template <typename R>
  rt::Task<std::optional<service::Answered<R>>> ask(R request, ring::Buffer buffer) {
    const auto reply = co_await client_.ask(request, {.buffer = buffer}, {.flags = flags_, .resends = kResends});
    if (reply) co_return *reply;
    good_ = false;
    rt::log("{}: {}", name(R::kOperation), reply.error().failure == service::CallFailure::refused ? name(reply.error().status) : "no answer");
    co_return std::nullopt;
  }

  // All of a folder; those in it go to `folders`.
  rt::Task<> list(std::uint64_t folder, std::vector<std::uint64_t>& folders) {
    ++folders_;
    const ring::Buffer buffer{.offset = kNames, .bytes = kList};
    std::vector<std::uint64_t> found;
    for (std::uint64_t position = 0;;) {
      const auto got = co_await ask(wire::ReadDirectoryRequest{.directory = folder, .position = position}, buffer);
      if (!got || got->bytes == 0) break;
      for (std::size_t at = 0; at < got->bytes;) {
        const auto head = ring::load_struct<wire::DirectoryEntry>(memory(buffer).subspan(at));
        if ((head.type & kType) == kFolder) folders.push_back(head.inode);
        if ((head.type & kType) == kFile) found.push_back(head.inode);
        at += sizeof head + (head.name_bytes + 7) / 8 * 8;
      }
      position = got->results.position;
    }
    for (const std::uint64_t file : found) co_await read_file(file);
  }

  rt::Task<> read_file(std::uint64_t file) {
    ++files_;
    const ring::Buffer buffer{.offset = 0, .bytes = kPieceBytes, .pool = 1};
    for (std::uint64_t offset = 0;; offset += kPieceBytes) {
      const auto got = co_await ask(wire::ReadRequest{.inode = file, .offset = offset}, buffer);
      if (!got) co_return;
      for (const std::byte byte : memory(buffer).first(got->bytes)) sum_ += std::to_integer<std::uint64_t>(byte);
      bytes_ += got->bytes;
      if (got->bytes < kPieceBytes) co_return;
    }
  }

  // A file of two pieces of the letter x, less a few bytes.
  rt::Task<> write_file(std::uint64_t root, std::string_view called) {
    ring::store_struct(memory(names()), wire::NewInode{.mode = kFile | 0644, .now = {.seconds = 1'700'000'000}});
    ring::store_bytes(memory(names()).subspan(sizeof(wire::NewInode)), std::as_bytes(std::span(called)));
    if (!co_await ask(wire::CreateRequest{.directory = root, .name_bytes = static_cast<std::uint32_t>(called.size())}, names())) co_return;
    const std::uint64_t file = ring::load_struct<wire::Attributes>(ring::answer_part<wire::CreateRequest>(memory(names()), sizeof(wire::Attributes))).inode;
    const ring::Buffer buffer{.offset = 0, .bytes = kPieceBytes, .pool = 1};
    std::ranges::fill(memory(buffer), std::byte{'x'});
    constexpr std::uint64_t kSize = 2 * kPieceBytes - 100;
    for (std::uint64_t offset = 0; offset < kSize; offset += kPieceBytes) {
      if (!co_await ask(wire::WriteRequest{.inode = file, .offset = offset, .size = kSize, .seconds = 1'700'000'000}, buffer)) co_return;
    }
    if (co_await ask(wire::SyncRequest{.inode = file}, {})) rt::log("wrote {} bytes", kSize);
  }

  Client& client_;
  std::uint16_t flags_;
  std::uint64_t files_ = 0, folders_ = 0, bytes_ = 0, sum_ = 0;
  bool good_ = true;
};

rt::Task<> all(rt::Executor& executor, Client& client, Check& check, std::string_view write) {
  rt::Scope scope(executor);
  scope.spawn(client.run());
  co_await check.run(write);
  scope.cancel();
  co_await scope.join();
}

}  // namespace

int component_main(const rt::Start& start) {
  const auto channel = service::GrantedChannel::find(start, "files");
  if (!channel) rt::panic("no channel 'files' was granted");
  rt::Executor executor(channel->wake);
  const auto doorbell = channel->doorbell(executor);
  const service::GrantedPools pools(start);
  auto end = ring::ChannelClient::attach(channel->memory, wire::kEntries, wire::kHash, pools.all());
  if (!doorbell || !end || pools.all().empty()) rt::panic("the channel or the pool cannot be used");
  service::GrantedPeer peer(*channel);
  Client client(executor, std::move(*end), peer, *doorbell);
  const auto flags = format::parse_number(start.config("flags").value_or("0"));
  Check check(client, static_cast<std::uint16_t>(flags.value_or(0)));
  executor.run(all(executor, client, check, start.config("write").value_or("")));
  rt::log("{}", check.good() ? "all is well" : "something is wrong");
  return check.good() ? 0 : 1;
}
