// SPDX-License-Identifier: Apache-2.0
// Shared ownership with an intrusive count. Who has a reference may make another without
// the big lock; the last one is given up with it, for what ends then is known elsewhere too.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace tessera::lx {

class RefCounted {
 public:
  RefCounted() = default;
  RefCounted(const RefCounted&) = delete;
  RefCounted& operator=(const RefCounted&) = delete;
  void retain() { references_.fetch_add(1, std::memory_order_relaxed); }
  void release() {
    if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
  }
  // False if it is the last reference, which stays.
  bool release_unless_last() {
    std::uint32_t count = references_.load(std::memory_order_relaxed);
    while (count > 1)
      if (references_.compare_exchange_weak(count, count - 1, std::memory_order_acq_rel, std::memory_order_relaxed)) return true;
    return false;
  }
  [[nodiscard]] std::uint32_t references() const { return references_.load(std::memory_order_acquire); }

 protected:
  virtual ~RefCounted() = default;

 private:
  std::atomic<std::uint32_t> references_{0};
};

template <typename T>
class Ref {
 public:
  Ref() = default;
  Ref(std::nullptr_t) {}  // NOLINT: a null reference is written nullptr
  explicit Ref(T* object) : object_(object) {
    if (object_ != nullptr) object_->retain();
  }
  Ref(const Ref& other) : Ref(other.object_) {}
  Ref(Ref&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
  template <typename U>
  Ref(const Ref<U>& other) : Ref(other.get()) {}  // NOLINT: upcast
  Ref& operator=(Ref other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }
  ~Ref() {
    if (object_ != nullptr) object_->release();
  }
  // Gives it up, without the big lock, unless it is the last one.
  void drop_unless_last() {
    if (object_ != nullptr && object_->release_unless_last()) object_ = nullptr;
  }
  T* get() const { return object_; }
  T* operator->() const { return object_; }
  T& operator*() const { return *object_; }
  explicit operator bool() const { return object_ != nullptr; }
  bool operator==(const Ref& other) const { return object_ == other.object_; }

 private:
  T* object_ = nullptr;
};

// Allocation failure is not an error path of its own: the personality's heap
// grows from the same frames as the guests' memory, and frames are refused to
// guests (ENOMEM) while a reserve for the heap is left.
template <typename T, typename... Args>
Ref<T> make_ref(Args&&... args) {
  return Ref<T>(new T(std::forward<Args>(args)...));
}

}  // namespace tessera::lx
