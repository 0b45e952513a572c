//! AppError: six kinds, a code, a Chinese message.
