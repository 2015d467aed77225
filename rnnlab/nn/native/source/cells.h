// The equations of each cell, for a vector of units at a time, and their derivatives.
//
// `a` is the recurrent part of each gate, H·W_hh, in torch.nn's order; `x` the inputs' part with the biases, X·W_xh + b.
// Where `Own` is 1, the last gate keeps its two parts apart, and `a` of that gate has its bias b_hh already.
// `kept` is what backward wants to know again. Papers and the order of the gates stand in rnnlab/nn/cells.
#pragma once

#include <algorithm>

#include "vectors.h"

namespace rnnlab {

// Everything that one vector of units of one row has at a step.
template <typename T, int Kept>
struct Units {
  Vec<T> H;            // the hidden state before the step, then after it
  Vec<T> C;            // the LSTM's memory, likewise
  Vec<T> kept[std::max(1, Kept)];  // forward writes it, backward reads it
  Vec<T> H_before, C_before;  // what backward is told of the state before the step, while H is the one after it
  Vec<T> dH, dC;       // gradients of the state after the step, then of the one before as far as no product is needed;
                       // for H that is nothing but where the cell says Carry
};

template <bool Relu>
struct Simple {
  static constexpr int Gates = 1, Own = 0, Kept = 0;
  static constexpr bool Memory = false, Carry = false;

  template <typename T>
  static INLINE void forward(const Vec<T>* a, const Vec<T>* x, Units<T, Kept>& u) {
    const Vec<T> sum = a[0] + x[0];
    if constexpr (Relu) {
      u.H = at::vec::clamp_min(sum, Vec<T>(0));
    } else {
      u.H = tangent(sum);
    }
  }

  template <typename T>
  static INLINE void backward(Units<T, Kept>& u, Vec<T>* d) {
    if constexpr (Relu) {
      d[0] = Vec<T>::blendv(Vec<T>(0), u.dH, u.H > Vec<T>(0));
    } else {
      d[0] = u.dH * tangent_slope(u.H);
    }
  }
};

struct GRU {
  static constexpr int Gates = 3, Own = 1, Kept = 4;
  static constexpr bool Memory = false, Carry = true;

  template <typename T>
  static INLINE void forward(const Vec<T>* a, const Vec<T>* x, Units<T, Kept>& u) {
    const Vec<T> R = sigmoid(a[0] + x[0]);                          // the reset gate
    const Vec<T> Z = sigmoid(a[1] + x[1]);                          // the update gate
    const Vec<T> N = tangent(at::vec::fmadd(R, a[2], x[2]));        // the candidate
    u.H = at::vec::fmadd(Z, u.H - N, N);                            // H' = N + Z (H - N)
    u.kept[0] = N, u.kept[1] = R, u.kept[2] = Z, u.kept[3] = a[2];
  }

  // d: the candidate's inputs' part, reset, update, the candidate's recurrent part.
  template <typename T>
  static INLINE void backward(Units<T, Kept>& u, Vec<T>* d) {
    const Vec<T> N = u.kept[0], R = u.kept[1], Z = u.kept[2];
    d[0] = u.dH * (Vec<T>(1) - Z) * tangent_slope(N);
    d[1] = d[0] * u.kept[3] * sigmoid_slope(R);
    d[2] = u.dH * (u.H_before - N) * sigmoid_slope(Z);
    d[3] = d[0] * R;
    u.dH = u.dH * Z;
  }
};

struct SimpleGRU {
  static constexpr int Gates = 2, Own = 0, Kept = 2;
  static constexpr bool Memory = false, Carry = true;

  template <typename T>
  static INLINE void forward(const Vec<T>* a, const Vec<T>* x, Units<T, Kept>& u) {
    const Vec<T> Z = sigmoid(a[0] + x[0]);                          // the update gate
    const Vec<T> N = tangent(a[1] + x[1]);                          // the candidate
    u.H = at::vec::fmadd(Z, N - u.H, u.H);                          // H' = H + Z (N - H)
    u.kept[0] = Z, u.kept[1] = N;
  }

  template <typename T>
  static INLINE void backward(Units<T, Kept>& u, Vec<T>* d) {
    const Vec<T> Z = u.kept[0], N = u.kept[1];
    d[0] = u.dH * (N - u.H_before) * sigmoid_slope(Z);
    d[1] = u.dH * Z * tangent_slope(N);
    u.dH = u.dH * (Vec<T>(1) - Z);
  }
};

struct LSTM {
  static constexpr int Gates = 4, Own = 0, Kept = 5;
  static constexpr bool Memory = true, Carry = false;

  template <typename T>
  static INLINE void forward(const Vec<T>* a, const Vec<T>* x, Units<T, Kept>& u) {
    const Vec<T> I = sigmoid(a[0] + x[0]);                          // the input gate
    const Vec<T> F = sigmoid(a[1] + x[1]);                          // the forget gate
    const Vec<T> N = tangent(a[2] + x[2]);                          // the candidate
    const Vec<T> O = sigmoid(a[3] + x[3]);                          // the output gate
    u.C = at::vec::fmadd(F, u.C, I * N);                            // C' = F C + I N
    const Vec<T> S = tangent(u.C);
    u.H = O * S;                                                    // H' = O tanh(C')
    u.kept[0] = I, u.kept[1] = F, u.kept[2] = N, u.kept[3] = O, u.kept[4] = S;
  }

  template <typename T>
  static INLINE void backward(Units<T, Kept>& u, Vec<T>* d) {
    const Vec<T> I = u.kept[0], F = u.kept[1], N = u.kept[2], O = u.kept[3], S = u.kept[4];
    u.dC = at::vec::fmadd(u.dH * O, tangent_slope(S), u.dC);
    d[0] = u.dC * N * sigmoid_slope(I);
    d[1] = u.dC * u.C_before * sigmoid_slope(F);
    d[2] = u.dC * I * tangent_slope(N);
    d[3] = u.dH * S * sigmoid_slope(O);
    u.dC = u.dC * F;
  }
};

}  // namespace rnnlab
