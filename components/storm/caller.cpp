// SPDX-License-Identifier: Apache-2.0
#include "components/storm/caller.hpp"

#include <algorithm>
#include <span>

#include "components/storm/arguments.hpp"
#include "lib/rt/raw_memory.hpp"

namespace tessera::storm {

using abi::Call;

namespace {

constexpr std::uint64_t kUnnamedCalls = 256 - kCalls;  // the tag's low byte is the call's number

constexpr std::uint64_t tag_of(std::uint64_t call, std::uint64_t words, std::uint64_t capabilities, std::uint64_t label) {
  return call | (words & 0xff) << 8 | (capabilities & 7) << 16 | label << 32;
}

// What ends much at once is done less often.
consteval unsigned weight_of(const abi::MethodShape& method) {
  const std::string_view name = method.name;
  if (name == "delete" || name == "revoke" || name == "destroy" || name == "suspend" || name == "detach" || name == "bind_host" ||
      name == "set_policy") {
    return 1;
  }
  if (name == "retype" || name == "identify" || name == "map") return 8;
  return 4;
}

constexpr auto kWeights = [] consteval {
  std::array<unsigned, kMethodRows> sums{};
  unsigned sum = 0;
  for (std::size_t row = 0; row < kMethodRows; ++row) sums.at(row) = sum += weight_of(abi::kMethods.at(row));
  return sums;
}();

constexpr std::size_t kInfoRow = [] consteval {
  std::size_t row = 0;
  while (abi::kMethods.at(row).object != ObjectType::machine || abi::kMethods.at(row).name != "info") ++row;
  return row;
}();

}  // namespace

Caller::Caller(Member& self)
    : self_(self),
      random_(self.random),
      message_(rt::object_at<abi::MessagePage>(kMemberAddress + kMessagePage * abi::kPageBytes)),
      guest_(rt::object_at<abi::GuestState>(kMemberAddress + kGuestPage * abi::kPageBytes)) {}

rt::arch::Registers Caller::make(std::size_t row, std::uint64_t tag, std::uint64_t handle, const Words& words, std::uint64_t reply) {
  rt::arch::Registers registers{tag, handle, words};
  ++self_.calls;
  ++self_.tally.made[row];
  if (static_cast<std::uint8_t>(tag) == static_cast<std::uint8_t>(Call::guest_run)) {
    std::uint64_t reason = 0;
    rt::arch::system_call_guest_run(registers.tag, handle, reason);
  } else {
    rt::arch::system_call(registers, reply);
  }
  const std::uint64_t error = registers.tag & 0xff;
  if (error == 0) ++self_.tally.worked[row];
  ++self_.tally.errors[std::min<std::uint64_t>(error, kErrors - 1)];
  if (error > static_cast<std::uint64_t>(abi::Error::over_limit)) self_.odd = {.row = row, .asked = tag, .answered = registers.tag};
  return registers;
}

std::size_t Caller::random_method() {
  const unsigned at = static_cast<unsigned>(random_.below(kWeights.back()));
  return static_cast<std::size_t>(std::ranges::upper_bound(kWeights, at) - kWeights.begin());
}

void Caller::remember(std::uint64_t index, const Known& known) {
  if (index < kSlots) self_.known[index] = known;
}

// `handle` was invoked with `arguments` and answered `results`.
void Caller::learn(std::size_t row, std::uint64_t handle, const Words& arguments, const Words& results) {
  const abi::MethodShape& method = abi::kMethods[row];
  if (method.object == ObjectType::untyped && method.name == "retype") {
    const bool own = arguments[3] == self_.own;
    if (!own) self_.paths[self_.next_path++ % self_.paths.size()] = arguments[3];
    for (std::uint64_t i = 0; own && i < arguments[2]; ++i) {
      remember(arguments[4] + i, {results[0] + i, static_cast<ObjectType>(arguments[0])});
    }
  }
  if (method.object != ObjectType::cap_table) return;
  const bool own = handle == self_.own;
  if (method.name == "identify") {
    if (own) remember(arguments[0], {results[1], static_cast<ObjectType>(results[0])});
    if (!own) self_.paths[self_.next_path++ % self_.paths.size()] = path_through(handle, results[1]);
    return;
  }
  if (method.name == "delete" || method.name == "revoke" || !own) return;
  const Known source = self_.known[arguments[0] % kSlots];
  remember(arguments[1], {results[0], source.handle == arguments[0] ? source.type : ObjectType::none});
}

// Where a call is counted: the handle may be for an object of another type, whose method it then is.
std::size_t Caller::row_for(std::size_t row, std::uint64_t handle) const {
  const Known& known = self_.known[handle % kSlots];
  if (known.handle == handle && known.type == abi::kMethods[row].object) return row;
  for (std::size_t other = 0; other < kMethodRows; ++other) {
    if (abi::kMethods[other].object == known.type && abi::kMethods[other].number == abi::kMethods[row].number) return other;
  }
  return kUnknownMethod;
}

bool Caller::tells_time(std::uint64_t handle) {
  constexpr std::uint64_t kSecondNs = 1'000'000'000;
  const auto told = make(kInfoRow, tag_of(static_cast<std::uint64_t>(Call::invoke), 0, 0, abi::kMethods[kInfoRow].number), handle, {}, 0);
  return (told.tag & 0xff) == 0 && told.words[0] >= self_.now_ns && told.words[0] - self_.now_ns < kSecondNs && told.words[1] != 0;
}

void Caller::invoke() {
  const std::size_t row = random_method();
  const abi::MethodShape& method = abi::kMethods[row];
  Words words{};
  for (std::size_t i = 0; i < method.arguments; ++i) words[i] = value_of(self_, kKinds[row][i]);
  const std::uint64_t handle = method.object == ObjectType::cap_table && !random_.one_in(4) ? self_.own
                                                                                           : handle_of(self_, method.object);
  if (method.object == ObjectType::address_space && method.name == "map_list") {
    for (std::uint64_t& word : std::span(message_.words).subspan(abi::kRegisterWords)) {
      word = random_.one_in(20) ? random_.next() : random_.below(8) | random_.below(4) << 12 | (kScratchAttachment + random_.below(3)) << 48;
    }
  }
  // Lines of its own in the log, for whoever reads that.
  if (method.object == ObjectType::log && words[0] - 1 < sizeof(message_.words) - abi::kRegisterWords * sizeof(std::uint64_t)) {
    std::as_writable_bytes(std::span(message_.words).subspan(abi::kRegisterWords))[words[0] - 1] = std::byte{'\n'};
  }
  const std::uint64_t count = random_.one_in(30) ? random_.below(256) : method.arguments;
  const auto result = make(row_for(row, handle), tag_of(static_cast<std::uint64_t>(Call::invoke), count, 0, method.number), handle, words, 0);
  if ((result.tag & 0xff) != 0) return;
  // Nobody here may do more with the machine than look. What a member knows of its slots may be wrong, and its thread
  // may have got another table: that it is the machine shows in the time that it tells.
  const std::size_t done = row_for(row, handle);
  if (done < kMethodRows && abi::kMethods[done].object == ObjectType::machine && done != kInfoRow) {
    --self_.tally.worked[done];
    ++self_.tally.worked[kUnknownMethod];
    if (tells_time(handle)) self_.trespass = method.number;
  }
  learn(row, handle, words, result.words);
}

void Caller::prepare_message(std::uint64_t capabilities) {
  for (std::uint64_t& slot : message_.receive_slots) slot = slot_index(self_);
  if (capabilities != 0) {
    for (std::uint64_t& cap : message_.send_caps) cap = any_handle(self_);
  }
}

void Caller::communicate() {
  constexpr std::array kSending{Call::call, Call::call, Call::send, Call::notify, Call::notify, Call::wait, Call::reply};
  constexpr std::array kServing{Call::wait, Call::reply_wait, Call::reply_wait, Call::reply_wait, Call::reply, Call::notify, Call::call};
  const Call call = (self_.server != random_.one_in(8) ? kServing : kSending)[random_.below(kSending.size())];
  const std::uint64_t words = random_.one_in(4) ? random_.below(random_.one_in(8) ? 256 : abi::kMessageWords + 1) : random_.below(9);
  const std::uint64_t capabilities = random_.one_in(3) ? random_.below(random_.one_in(8) ? 8 : 5) : 0;
  const bool event = call == Call::notify || (call == Call::wait && random_.one_in(2));
  const std::uint64_t handle = handle_of(self_, event ? ObjectType::notification : ObjectType::endpoint);
  const std::uint64_t reply = random_.one_in(10) ? 0 : handle_of(self_, ObjectType::reply);
  prepare_message(capabilities);
  Words registers{};
  for (std::uint64_t& word : registers) word = random_.next();
  if (event) registers[1] = self_.now_ns + random_.below(400'000);
  const auto result = make(row_of(call), tag_of(static_cast<std::uint64_t>(call), words, capabilities, random_.below(3)), handle, registers, reply);
  const std::uint64_t received = result.tag >> 16 & 7;
  if ((result.tag & 0xff) != 0) return;
  self_.tally.received += static_cast<std::uint32_t>(received);
  for (std::uint64_t i = 0; i < received && i < message_.received.size(); ++i) {
    remember(message_.received[i] & 0x3fff'ffff, {message_.received[i], ObjectType::none});  // identify will tell
  }
}

// The guest's code is whatever is in the scratch memory.
void Caller::run_guest() {
  const auto place = [&] { return random_.one_in(10) ? hostile_number(random_) : kGuestPlayground + random_.below(1 << kScratchBits); };
  for (std::uint64_t* field : guest_numbers(guest_)) *field = random_.one_in(4) ? hostile_number(random_) : value_of(self_, Kind::address);
  guest_pc(guest_) = place();
  guest_sp(guest_) = place();
  guest_flags(guest_) = random_.one_in(2) ? kGuestFlags : random_.next();
  if (random_.one_in(3)) {
    for (std::uint64_t* field : guest_bases(guest_)) *field = hostile_number(random_);
    guest_.load_extended = random_.below(3);
    guest_.extended[random_.below(guest_.extended.size())] = static_cast<std::uint8_t>(random_.next());
    guest_.extended[512 + random_.below(64)] = static_cast<std::uint8_t>(random_.next());  // what follows the registers
  }
  const std::uint64_t spaces = random_.one_in(5) ? handle_of(self_, ObjectType::address_space) : self_.known[self_.guest_place].handle;
  (void)make(row_of(Call::guest_run), tag_of(static_cast<std::uint64_t>(Call::guest_run), 0, 0, 0), spaces, {}, 0);
}

void Caller::call_nonsense() {
  Words words{};
  for (std::uint64_t& word : words) word = random_.one_in(2) ? any_handle(self_) : hostile_number(random_);
  const std::uint64_t handle = random_.one_in(4) ? random_.next() : any_handle(self_);
  if (random_.one_in(2)) {
    const std::uint64_t label = random_.one_in(2) ? random_.below(16) : random_.next() & 0xffff'ffff;
    (void)make(kUnknownMethod, tag_of(static_cast<std::uint64_t>(Call::invoke), random_.below(256), random_.below(8), label), handle, words,
               any_handle(self_));
    return;
  }
  // A call's bits that mean nothing are set, too.
  const std::uint64_t number = random_.one_in(2) ? kCalls + random_.below(kUnnamedCalls) : static_cast<std::uint64_t>(Call::submit);
  const std::size_t row = number < kCalls ? kMethodRows + number : kUnknownCall;
  (void)make(row, number | (random_.next() & 0xffff'ffff'ffff'ff00), handle, words, any_handle(self_));
}

// Writes where the nucleus or a guest may look: the member's scratch memory, which may be an audit ring, a message page
// or a guest's code by now; at times where perhaps nothing is mapped.
void Caller::scribble() {
  constexpr std::array<std::uint64_t, 8> kCode{0x0f0b'0f0b'0f0b'0f0b, 0x9090'9090'9090'050f, 0xfeeb'9090'9090'9090, 0xcc90'cc90'cc90'cc90,
                                               0x0000'0000'0000'0000, 0xf4f4'f4f4'f4f4'f4f4, 0xe0ff'e0ff'e0ff'e0ff, 0xae0f'0f01'a20f'310f};
  const std::uint64_t place = random_.below((1 << kScratchBits) / sizeof(std::uint64_t)) * sizeof(std::uint64_t);
  // No bytes that begin a vector instruction: QEMU 7.2 ends itself at some that do not exist.
  const std::uint64_t bytes = random_.one_in(4) ? ~std::uint64_t{0} : random_.next() & 0x3f3f'3f3f'3f3f'3f3f;
  rt::object_at<std::uint64_t>(kScratchAddress + place) = random_.one_in(2) ? kCode[random_.below(kCode.size())] : bytes;
  if (random_.one_in(20)) {
    const std::uint64_t where = value_of(self_, Kind::address) & ~std::uint64_t{7};
    auto& word = rt::object_at<volatile std::uint64_t>(where);
    // Never where its own stack and code are.
    if (where >= kPlayground || where < abi::kGuestLimit) word = word + 1;
  }
}

void Caller::step() {
  switch (random_.below(32)) {
    case 0: {
      (void)make(row_of(Call::yield), tag_of(static_cast<std::uint64_t>(Call::yield), 0, 0, 0), random_.next(), {}, 0);
      return;
    }
    case 1: case 2: return run_guest();
    case 3: case 4: return call_nonsense();
    case 5: return scribble();
    case 6: case 7: case 8: case 9: case 10: case 11: case 12: case 13: return communicate();
    default: return invoke();
  }
}

void run_member(Member& self) {
  Caller caller(self);
  for (;;) caller.step();
}

}  // namespace tessera::storm
