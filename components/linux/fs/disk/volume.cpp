// SPDX-License-Identifier: Apache-2.0
#include "components/linux/fs/disk/volume.hpp"

#include <algorithm>
#include <cstring>

#include "lib/ring/protocol.hpp"

namespace tessera::lx {

namespace {

// One text behind another.
class Filler {
 public:
  explicit Filler(std::span<std::byte> to) : to_(to) {}
  void add(std::span<const std::byte> bytes) {
    std::ranges::copy(bytes, to_.begin());
    to_ = to_.subspan(bytes.size());
  }
  void add(std::string_view text) { add(std::as_bytes(std::span(text))); }
  template <typename T>
  void add_struct(const T& value) {
    add(std::as_bytes(std::span(&value, 1)));
  }

 private:
  std::span<std::byte> to_;
};

// What the memory begins with, copied once: the server may change it at any time.
template <typename T>
T read_struct(std::span<const std::byte> from) {
  T value{};
  std::memcpy(&value, from.first(sizeof value).data(), sizeof value);
  return value;
}

std::uint64_t seconds_of(Timespec time) { return static_cast<std::uint64_t>(time.seconds); }
std::uint32_t nanoseconds_of(Timespec time) { return static_cast<std::uint32_t>(time.nanoseconds); }

template <typename Size>
std::uint32_t length(const Size& text) {
  return static_cast<std::uint32_t>(text.size());
}

// For a request of so many bytes and the attributes behind it.
constexpr std::uint32_t room_for(std::size_t bytes) {
  return static_cast<std::uint32_t>((bytes + 7) / 8 * 8 + sizeof(wire::Attributes));
}

wire::Attributes attributes_in(const DiskServer::Room& room) {
  return read_struct<wire::Attributes>(room.memory().last(sizeof(wire::Attributes)));
}

std::unexpected<Errno> error_of(const Result<void>& done) { return fail(done.error()); }

}  // namespace

Volume::Volume(DiskServer& server, std::uint8_t part, std::uint64_t kind, bool read_only)
    : server_(server),
      part_(part),
      flags_(static_cast<std::uint16_t>(part | kind << wire::kKindShift | (read_only ? wire::kMountReadOnly : 0))) {}

template <typename Request>
Result<void> Volume::call(const Request& request, Transfer& transfer, ring::Buffer buffer, Hold hold) {
  server_.send(transfer, static_cast<std::uint16_t>(Request::kOperation), flags_, request.words(), buffer, buffer.bytes);
  const auto done = server_.wait(transfer, hold);
  answered_by_ = transfer.session;
  return done;
}

template <typename Request>
Result<typename Request::Answer> Volume::ask(const Request& request, ring::Buffer buffer) {
  Transfer transfer;
  TRY(call(request, transfer, buffer));
  const auto answer = Request::Answer::of_words(transfer.answer.results);
  if (!answer) return fail(Errno::eio);
  return *answer;
}

template <typename Request>
Result<typename Request::OutBuffer> Volume::ask_for(const Request& request, const DiskServer::Room& room) {
  Transfer transfer;
  TRY(call(request, transfer, room.buffer()));
  if (transfer.answer.bytes < sizeof(typename Request::OutBuffer)) return fail(Errno::eio);
  return read_struct<typename Request::OutBuffer>(ring::answer_part<Request>(room.memory(), sizeof(typename Request::OutBuffer)));
}

template <typename Request>
Result<DiskServer::Room> Volume::begin(Transfer& transfer, const Request& request, std::span<const ring::Piece> pieces) {
  DiskServer::Room room = TRY(server_.room(static_cast<std::uint32_t>(pieces.size_bytes())));
  Filler(room.memory()).add(std::as_bytes(pieces));
  std::uint32_t bytes = 0;
  for (const ring::Piece& piece : pieces) bytes += piece.bytes;
  ring::Buffer buffer = room.buffer();
  buffer.form = ring::Form::pieces;
  server_.send(transfer, static_cast<std::uint16_t>(Request::kOperation), flags_, request.words(), buffer, bytes);
  return room;
}

Result<wire::Mounted> Volume::mount() {
  const auto room = TRY(server_.room(sizeof(wire::Mounted)));
  return ask_for(wire::MountRequest{}, room);
}

Result<void> Volume::unmount() {
  TRY(ask(wire::UnmountRequest{}));
  return {};
}

Result<wire::Space> Volume::space() {
  const auto room = TRY(server_.room(sizeof(wire::Space)));
  return ask_for(wire::SpaceRequest{}, room);
}

Result<wire::Attributes> Volume::attributes(Inode inode) {
  const auto room = TRY(server_.room(sizeof(wire::Attributes)));
  return ask_for(wire::AttributesRequest{.inode = inode}, room);
}

Result<wire::Attributes> Volume::change(Inode inode, const wire::AttributeChange& change) {
  const auto room = TRY(server_.room(room_for(sizeof change)));
  Filler(room.memory()).add_struct(change);
  return ask_for(wire::ChangeAttributesRequest{.inode = inode}, room);
}

Result<wire::Attributes> Volume::lookup(Inode directory, std::string_view name) {
  const auto room = TRY(server_.room(room_for(name.size())));
  Filler(room.memory()).add(name);
  return ask_for(wire::LookupRequest{.directory = directory, .name_bytes = length(name)}, room);
}

Result<wire::Attributes> Volume::create(Inode directory, std::string_view name, const wire::NewInode& what, std::string_view target) {
  const auto room = TRY(server_.room(room_for(sizeof what + name.size() + target.size())));
  Filler filler(room.memory());
  filler.add_struct(what);
  filler.add(name);
  filler.add(target);
  Transfer transfer;
  const auto done = call(wire::CreateRequest{.directory = directory, .name_bytes = length(name), .target_bytes = length(target)}, transfer,
                         room.buffer());
  // Made the first time.
  if (!done && done.error() == Errno::eexist && transfer.resent && !name.empty()) return lookup(directory, name);
  if (!done) return error_of(done);
  if (transfer.answer.bytes < sizeof(wire::Attributes)) return fail(Errno::eio);
  return attributes_in(room);
}

Result<void> Volume::link(Inode inode, Inode directory, std::string_view name, Timespec now) {
  const auto room = TRY(server_.room(length(name)));
  Filler(room.memory()).add(name);
  Transfer transfer;
  const auto done = call(wire::LinkRequest{.inode = inode,
                                           .directory = directory,
                                           .seconds = seconds_of(now),
                                           .nanoseconds = nanoseconds_of(now),
                                           .name_bytes = length(name)},
                         transfer, room.buffer());
  if (!done && done.error() == Errno::eexist && transfer.resent) return {};
  return done;
}

Result<wire::Attributes> Volume::unlink(Inode directory, std::string_view name, bool is_directory, Inode keep, Timespec now) {
  const auto room = TRY(server_.room(room_for(name.size())));
  Filler(room.memory()).add(name);
  Transfer transfer;
  const auto done = call(wire::UnlinkRequest{.directory = directory,
                                             .seconds = seconds_of(now),
                                             .nanoseconds = nanoseconds_of(now),
                                             .name_bytes = length(name),
                                             .is_directory = is_directory ? 1u : 0u,
                                             .keep = keep},
                         transfer, room.buffer());
  // Gone the first time; what it is then is not known.
  if (!done && done.error() == Errno::enoent && transfer.resent) return wire::Attributes{};
  if (!done) return error_of(done);
  if (transfer.answer.bytes < sizeof(wire::Attributes)) return fail(Errno::eio);
  return attributes_in(room);
}

Result<void> Volume::rename(Inode from, std::string_view name, Inode to, std::string_view to_name, std::uint32_t how, Timespec now) {
  const auto room = TRY(server_.room(length(name) + length(to_name)));
  Filler filler(room.memory());
  filler.add(name);
  filler.add(to_name);
  Transfer transfer;
  const auto done = call(wire::RenameRequest{.from = from,
                                             .to = to,
                                             .seconds = seconds_of(now),
                                             .nanoseconds = nanoseconds_of(now),
                                             .how = how,
                                             .name_bytes = length(name),
                                             .to_name_bytes = length(to_name)},
                         transfer, room.buffer());
  if (!done && done.error() == Errno::enoent && transfer.resent) return {};
  return done;
}

Result<std::uint64_t> Volume::read_directory(Inode directory, std::uint64_t position, DirectorySink& sink) {
  constexpr std::uint32_t kBytes = 32 * 1024;
  const auto room = TRY(server_.room(kBytes));
  for (;;) {
    Transfer transfer;
    TRY(call(wire::ReadDirectoryRequest{.directory = directory, .position = position}, transfer, room.buffer()));
    std::span<const std::byte> rest = std::span<const std::byte>(room.memory()).first(transfer.answer.bytes);
    if (rest.empty()) return position;
    while (!rest.empty()) {
      if (rest.size() < sizeof(wire::DirectoryEntry)) return fail(Errno::eio);
      const auto head = read_struct<wire::DirectoryEntry>(rest);
      rest = rest.subspan(sizeof head);
      if (head.name_bytes == 0 || head.name_bytes > wire::kMostName || head.name_bytes > rest.size()) return fail(Errno::eio);
      std::array<char, wire::kMostName> name;
      std::memcpy(name.data(), rest.data(), head.name_bytes);
      const std::string_view text(name.data(), head.name_bytes);
      // No name that a path could have another meaning by.
      if (text.find('/') != std::string_view::npos || text.find('\0') != std::string_view::npos) return fail(Errno::eio);
      if (!sink.add({.name = text,
                     .inode = head.inode,
                     .type = head.type,
                     .next_position = head.next_position}))
        return position;
      position = head.next_position;
      const std::size_t step = (std::size_t{head.name_bytes} + 7) / 8 * 8;
      rest = rest.subspan(std::min(step, rest.size()));
    }
  }
}

Result<std::string> Volume::read_link(Inode inode) {
  const auto room = TRY(server_.room(wire::kMostTarget));
  Transfer transfer;
  TRY(call(wire::ReadLinkRequest{.inode = inode}, transfer, room.buffer()));
  std::string target(transfer.answer.bytes, '\0');
  std::ranges::copy(room.memory().first(target.size()), std::as_writable_bytes(std::span(target)).begin());
  return target;
}

Result<DiskServer::Room> Volume::begin_read(Transfer& transfer, Inode inode, std::uint64_t offset, std::span<const ring::Piece> pieces) {
  return begin(transfer, wire::ReadRequest{.inode = inode, .offset = offset}, pieces);
}

Result<DiskServer::Room> Volume::begin_write(Transfer& transfer, Inode inode, std::uint64_t offset, std::span<const ring::Piece> pieces,
                                             std::uint64_t size, Timespec now) {
  return begin(transfer,
               wire::WriteRequest{.inode = inode, .offset = offset, .size = size, .seconds = seconds_of(now), .nanoseconds = nanoseconds_of(now)},
               pieces);
}

Result<void> Volume::allocate(Inode inode, std::uint32_t how, std::uint64_t offset, std::uint64_t bytes, Timespec now) {
  TRY(ask(wire::AllocateRequest{
      .inode = inode, .offset = offset, .bytes = bytes, .seconds = seconds_of(now), .nanoseconds = nanoseconds_of(now), .how = how}));
  return {};
}

Result<std::uint64_t> Volume::seek(Inode inode, std::uint64_t offset, bool hole) {
  return TRY(ask(wire::SeekRequest{.inode = inode, .offset = offset, .hole = hole ? 1u : 0u})).offset;
}

Result<std::vector<std::byte>> Volume::get_extended(Inode inode, std::string_view name) {
  const auto room = TRY(server_.room(static_cast<std::uint32_t>(wire::kMostValue + wire::kMostName)));
  Filler(room.memory()).add(name);
  Transfer transfer;
  TRY(call(wire::GetExtendedRequest{.inode = inode, .name_bytes = length(name), .room = static_cast<std::uint32_t>(wire::kMostValue)}, transfer,
           room.buffer()));
  if (transfer.answer.bytes > wire::kMostValue) return fail(Errno::eio);
  const auto value = room.memory().last(wire::kMostValue).first(transfer.answer.bytes);
  return std::vector<std::byte>(value.begin(), value.end());
}

Result<std::vector<std::string>> Volume::list_extended(Inode inode) {
  const auto room = TRY(server_.room(static_cast<std::uint32_t>(wire::kMostValue)));
  Transfer transfer;
  TRY(call(wire::ListExtendedRequest{.inode = inode}, transfer, room.buffer()));
  std::vector<std::string> names;
  std::string name;
  for (const std::byte letter : room.memory().first(transfer.answer.bytes)) {
    if (letter != std::byte{0}) {
      name.push_back(static_cast<char>(letter));
      continue;
    }
    if (name.empty() || name.size() > wire::kMostName) return fail(Errno::eio);
    names.push_back(std::exchange(name, {}));
  }
  return names;
}

Result<void> Volume::set_extended(Inode inode, std::string_view name, std::span<const std::byte> value, std::uint32_t how, Timespec now) {
  const auto room = TRY(server_.room(length(name) + length(value)));
  Filler filler(room.memory());
  filler.add(name);
  filler.add(value);
  Transfer transfer;
  const auto done = call(wire::SetExtendedRequest{.inode = inode,
                                                  .seconds = seconds_of(now),
                                                  .nanoseconds = nanoseconds_of(now),
                                                  .name_bytes = length(name),
                                                  .value_bytes = length(value),
                                                  .how = how},
                         transfer, room.buffer());
  if (!done && done.error() == Errno::eexist && transfer.resent) return {};
  return done;
}

Result<void> Volume::remove_extended(Inode inode, std::string_view name, Timespec now) {
  const auto room = TRY(server_.room(length(name)));
  Filler(room.memory()).add(name);
  Transfer transfer;
  const auto done = call(wire::RemoveExtendedRequest{
                             .inode = inode, .seconds = seconds_of(now), .nanoseconds = nanoseconds_of(now), .name_bytes = length(name)},
                         transfer, room.buffer());
  if (!done && done.error() == Errno::enodata && transfer.resent) return {};
  return done;
}

Result<void> Volume::keep(Inode inode) {
  TRY(ask(wire::KeepRequest{.inode = inode}));
  return {};
}

Result<void> Volume::let_go(Inode inode) {
  Transfer transfer;
  const auto done = call(wire::LetGoRequest{.inode = inode}, transfer);
  if (!done && transfer.resent) return {};
  return done;
}

Result<void> Volume::sync(Inode inode, bool data_only, Hold hold) {
  Transfer transfer;
  return call(wire::SyncRequest{.inode = inode, .data_only = data_only ? 1u : 0u}, transfer, {}, hold);
}

Result<wire::Disk> Volume::describe(std::vector<wire::Part>& parts) {
  constexpr std::size_t kMostParts = 128;
  const auto room = TRY(server_.room(sizeof(wire::Disk) + kMostParts * sizeof(wire::Part)));
  const auto disk = TRY(ask_for(wire::DescribeRequest{}, room));
  std::span<const std::byte> rest = std::span<const std::byte>(room.memory()).subspan(sizeof disk);
  for (std::size_t i = 0; i < std::min<std::size_t>(disk.parts, kMostParts); ++i) {
    parts.push_back(read_struct<wire::Part>(rest));
    rest = rest.subspan(sizeof(wire::Part));
  }
  return disk;
}

Result<DiskServer::Room> Volume::begin_device_read(Transfer& transfer, std::uint64_t offset, std::span<const ring::Piece> pieces) {
  return begin(transfer, wire::DeviceReadRequest{.offset = offset}, pieces);
}

Result<DiskServer::Room> Volume::begin_device_write(Transfer& transfer, std::uint64_t offset, std::span<const ring::Piece> pieces) {
  return begin(transfer, wire::DeviceWriteRequest{.offset = offset, .durable = 0}, pieces);
}

Result<void> Volume::device_flush(Hold hold) {
  Transfer transfer;
  return call(wire::DeviceFlushRequest{}, transfer, {}, hold);
}

}  // namespace tessera::lx
