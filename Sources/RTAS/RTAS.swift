// RTAS
