// SPDX-License-Identifier: Apache-2.0
// The System V objects of one kind by their numbers and keys. A number is the object's
// place in the table and, above, how often places were used again, so that the number
// of one that is gone means nothing for long.
#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "components/linux/core/ref.hpp"
#include "components/linux/ipc/object.hpp"

namespace tessera::lx {

// An Object has its number in `id` and its key in `permissions.key`.
template <typename Object>
class IpcTable {
 public:
  // For the object that is added next.
  std::int32_t next_id() {
    const std::size_t place = free_.empty() ? places_.size() : free_.back();
    if (place < places_.size()) round_ = (round_ + 1) % kRounds;
    return static_cast<std::int32_t>(round_ * kPlaces + place);
  }
  void add(Ref<Object> object) {
    const std::size_t place = place_of(*object);
    if (place == places_.size()) places_.emplace_back();
    else free_.pop_back();
    if (object->permissions.key != kIpcPrivate) keys_[object->permissions.key] = object.get();
    places_[place] = {.object = object.get(), .kept = object};
  }
  // Nobody finds it by its key any more, and the table does not hold it: it stays as
  // long as others do, who then remove it.
  void let_go(Object& object) {
    forget_key(object);
    const Ref<Object> last = std::exchange(places_[place_of(object)].kept, nullptr);
  }
  void remove(Object& object) {
    forget_key(object);
    const std::size_t place = place_of(object);
    const Ref<Object> last = std::move(places_[place].kept);
    places_[place] = {};
    free_.push_back(place);
  }

  // Null: there is none. Places count from 0 to last_place().
  [[nodiscard]] Object* find(std::int32_t id) const {
    Object* const object = id < 0 ? nullptr : at(id % static_cast<std::int32_t>(kPlaces));
    return object != nullptr && object->id == id ? object : nullptr;
  }
  [[nodiscard]] Object* find_key(std::int32_t key) const {
    const auto found = keys_.find(key);
    return found == keys_.end() ? nullptr : found->second;
  }
  [[nodiscard]] Object* at(std::int32_t place) const {
    return place < 0 || static_cast<std::size_t>(place) >= places_.size() ? nullptr
                                                                          : places_[static_cast<std::size_t>(place)].object;
  }
  [[nodiscard]] std::int64_t last_place() const {
    for (std::size_t count = places_.size(); count > 0; --count)
      if (places_[count - 1].object != nullptr) return static_cast<std::int64_t>(count) - 1;
    return 0;
  }
  [[nodiscard]] std::size_t size() const { return places_.size() - free_.size(); }

  template <typename Visit>
  void for_each(Visit visit) const {
    for (const Place& place : places_)
      if (place.object != nullptr) visit(*place.object);
  }

 private:
  static constexpr std::size_t kPlaces = 32768, kRounds = 65536;
  struct Place {
    Object* object = nullptr;
    Ref<Object> kept;
  };
  static std::size_t place_of(const Object& object) { return static_cast<std::size_t>(object.id) % kPlaces; }
  void forget_key(const Object& object) {
    const auto found = keys_.find(object.permissions.key);
    if (found != keys_.end() && found->second == &object) keys_.erase(found);
  }

  std::vector<Place> places_;
  std::vector<std::size_t> free_;
  std::map<std::int32_t, Object*> keys_;
  std::size_t round_ = 0;
};

}  // namespace tessera::lx
